import { createNavigation } from 'next-intl/navigation';
import { routing } from './routing.ts';

/** Links and navigation that stay in the page's language. */
export const { Link, useRouter, usePathname } = createNavigation(routing);
