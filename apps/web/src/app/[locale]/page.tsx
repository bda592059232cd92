import { LandingPage } from '../../staff/LandingPage.tsx';

export default function Page() {
  return <LandingPage />;
}
