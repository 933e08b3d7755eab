/** Answers the process that started this one, by a line of JSON. */
export const say = (reply: object): void => void process.stdout.write(`${JSON.stringify(reply)}\n`);
