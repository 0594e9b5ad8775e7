/** The description of the interface, as far as the page reads it (OpenAPI 3.1). Draws nothing. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  examples?: unknown[];
}

export interface Parameter {
  name: string;
  in: string;
  required: boolean;
  schema: Schema;
}

export interface Content {
  content?: Record<string, { schema: Schema }>;
}

export interface Answer extends Content {
  $ref?: string;
  description: string;
  headers?: Record<string, { description: string }>;
}

export interface Operation {
  operationId: string;
  tags: [string];
  summary: string;
  description?: string;
  security: Record<string, unknown>[];
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Answer>;
}

export interface Description {
  info: { version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, Answer>;
    securitySchemes: Record<string, { name?: string; description: string }>;
  };
}

/** An operation with where it is. */
export interface Route {
  method: string;
  path: string;
  operation: Operation;
}

const PROBLEM = 'application/problem+json';

/** All operations of one part, in the order of the description. */
export function routesOf(description: Description, tag: string): Route[] {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags[0] === tag)
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** The last word of a reference: the name of what it stands for. */
export function nameOf(reference: string): string {
  return reference.split('/').at(-1) ?? '';
}

/** The codes with which an operation refuses by itself, and those that any request may get. */
export function codesOf(description: Description, operation: Operation) {
  const common = new Set(Object.keys(description.components.responses));
  const all = Object.values(operation.responses).flatMap(answer => {
    if (answer.$ref) return [nameOf(answer.$ref)];
    const schema = answer.content?.[PROBLEM]?.schema;
    return (schema?.properties?.code?.enum ?? []).map(String);
  });
  return {
    own: all.filter(code => !common.has(code)),
    common: all.filter(code => common.has(code)),
  };
}

/** The answers that are more than a problem with a code. */
export function answersOf(operation: Operation): [status: string, answer: Answer][] {
  return Object.entries(operation.responses).flatMap(([status, answer]) => {
    const kinds = Object.entries(answer.content ?? {}).filter(([kind]) => kind !== PROBLEM);
    const told = kinds.length > 0 || Number(status) < 300;
    return told && !answer.$ref
      ? [[status, { ...answer, content: Object.fromEntries(kinds) }]]
      : [];
  });
}
