/** What the account page says. `{name}` stands for a value. */
export const account = {} as const;
