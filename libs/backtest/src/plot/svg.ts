/** Text that is markup already: everything else is escaped. */
export interface Markup {
  readonly markup: string;
}

export type Attributes = Readonly<Record<string, string | number>>;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

export const escaped = (text: string): string => text.replace(/[&<>"]/g, (one) => ENTITIES[one]!);

/** Places are rounded to a tenth. */
const attributeText = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 10) / 10) : escaped(value);

export const markup = (parts: readonly Markup[]): Markup => ({
  markup: parts.map((part) => part.markup).join(''),
});

export function element(name: string, attributes: Attributes, children: readonly Markup[] = []): Markup {
  const told = Object.entries(attributes).map(([key, value]) => ` ${key}="${attributeText(value)}"`);
  const open = `<${name}${told.join('')}`;
  return { markup: children.length === 0 ? `${open}/>` : `${open}>${markup(children).markup}</${name}>` };
}

export const textElement = (attributes: Attributes, text: string, name = 'text'): Markup =>
  element(name, attributes, [{ markup: escaped(text) }]);
