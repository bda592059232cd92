import * as z from 'zod';

// Runs before any schema is made: Zod would else probe for `new Function`, which the pages' policy forbids and reports.
z.config({ jitless: true });
