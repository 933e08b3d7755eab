import type { ShownComparison } from '../messages.js';

type Answer = NonNullable<ShownComparison['answer']>;

/** Signs beside the words, so that the answers differ without colours. */
const SIGNS: Readonly<Record<Answer, string>> = { keep: '✓', discard: '✕', 'test again': '?' };

export const AnswerSign = ({ answer }: { readonly answer: Answer }) => (
  <span class={`answer ${answer.replace(' ', '-')}`}>
    <span aria-hidden="true">{SIGNS[answer]}</span> {answer}
  </span>
);
