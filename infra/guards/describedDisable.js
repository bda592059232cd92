const directive = /^\s*eslint-(?:disable|enable)/u;
const described = /\s--\s+\S/u;

/**
 * An ESLint rule: whoever switches a rule off says why, after ` -- `.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const describedDisable = {
  meta: {
    type: 'suggestion',
    docs: { description: 'a disabled rule comes with its reason' },
    messages: { missing: 'Say why after " -- ".' },
    schema: [],
  },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (directive.test(comment.value) && !described.test(comment.value) && comment.loc) {
          context.report({ loc: comment.loc, messageId: 'missing' });
        }
      }
    },
  }),
};
