export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export interface Breakage {
  readonly migration: string;
  readonly statement: string;
  /** What it does to replicas of the release before, which still run when it is applied. */
  readonly breaks: string;
}

/** Says in a migration that nothing of the release before uses what the statement below takes away. */
const CONTRACT = /--\s*contract:\s*\S/i;

const name = '("[^"]+"(?:\\."[^"]+")?)';
const rules: readonly { readonly pattern: RegExp; readonly breaks: string }[] = [
  { pattern: new RegExp(`^DROP (?:TABLE|VIEW|SCHEMA|FUNCTION)\\b`, 'i'), breaks: 'it may still be used' },
  { pattern: new RegExp(`^(?:TRUNCATE|DELETE FROM)\\b`, 'i'), breaks: 'it may still need these rows' },
  {
    pattern: new RegExp(`^ALTER TABLE ${name}.*\\bDROP COLUMN\\b`, 'is'),
    breaks: 'it still reads and writes the column',
  },
  { pattern: new RegExp(`^ALTER TABLE ${name}.*\\bRENAME\\b`, 'is'), breaks: 'it knows the old name' },
  {
    pattern: new RegExp(`^ALTER TABLE ${name}.*\\bALTER COLUMN "[^"]+" (?:SET DATA )?TYPE\\b`, 'is'),
    breaks: 'it reads the old type',
  },
  { pattern: new RegExp(`^ALTER TABLE ${name}.*\\bSET NOT NULL\\b`, 'is'), breaks: 'it may write nulls' },
  {
    pattern: new RegExp(`^ALTER TABLE ${name}.*\\bDROP DEFAULT\\b`, 'is'),
    breaks: 'it may leave the column out',
  },
  {
    pattern: new RegExp(
      `^ALTER TABLE ${name}.*\\bADD COLUMN\\s+"[^"]+"(?![^,]*\\bDEFAULT\\b)[^,]*\\bNOT NULL\\b`,
      'is',
    ),
    breaks: 'its inserts leave the column out',
  },
  {
    pattern: new RegExp(`^ALTER TABLE ${name}.*\\bADD CONSTRAINT\\b`, 'is'),
    breaks: 'its writes may not hold to it',
  },
  {
    pattern: new RegExp(`^CREATE UNIQUE INDEX .* ON ${name}`, 'is'),
    breaks: 'its writes may not hold to it',
  },
];

/**
 * Statements that the release before would not survive: a migration comes before the last old replica has gone. Tables that
 * these migrations themselves make are known to no old replica. What is to go, goes one release later, and says so.
 */
export function breakagesOf(migrations: readonly Migration[]): Breakage[] {
  const made = new Set<string>();
  return migrations.flatMap(({ name: migration, sql }) =>
    statementsOf(sql).flatMap(({ text, isContract }) => {
      const created = /^CREATE TABLE (?:IF NOT EXISTS )?("[^"]+"(?:\."[^"]+")?)/i.exec(text)?.[1];
      if (created) made.add(created);
      if (isContract) return [];
      const broken = rules.find(({ pattern }) => {
        const match = pattern.exec(text);
        return match !== null && !(match[1] !== undefined && made.has(match[1]));
      });
      return broken ? [{ migration, statement: text.slice(0, 120), breaks: broken.breaks }] : [];
    }),
  );
}

interface Statement {
  readonly text: string;
  readonly isContract: boolean;
}

/** Bodies of functions hold semicolons of their own. */
function statementsOf(sql: string): Statement[] {
  const bodies: string[] = [];
  const folded = sql.replace(/\$\$[\s\S]*?\$\$/g, (body) => `$body${bodies.push(body)}$`);
  return folded.split(';').flatMap((part) => {
    const text = part.replace(/--.*$/gm, '').trim();
    return text === '' ? [] : [{ text, isContract: CONTRACT.test(part) }];
  });
}
