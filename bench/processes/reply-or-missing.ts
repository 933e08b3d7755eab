import { type Command, MissingError, Participant } from './participant.js';

/** The one reply of a participant, which then ends; or what it misses. */
export async function replyOrMissing<Reply>(command: Command): Promise<Reply | { readonly missing: string }> {
  const participant = new Participant(command);
  try {
    return await participant.reply<Reply>();
  } catch (error) {
    if (error instanceof MissingError) return { missing: error.message };
    throw error;
  } finally {
    await participant.close();
  }
}
