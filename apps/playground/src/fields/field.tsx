import type { ComponentChildren } from 'preact';

export interface FieldProps {
  readonly id: string;
  readonly label: string;
}

/** An input called `id`, with its label. */
export const Field = ({ id, label, children }: FieldProps & { readonly children: ComponentChildren }) => (
  <div class="field">
    <label for={id}>{label}</label>
    {children}
  </div>
);
