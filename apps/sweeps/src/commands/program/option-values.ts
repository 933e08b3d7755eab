import { InvalidArgumentError } from 'commander';
import { slurmArguments } from '../slurm-arguments.js';

// What commander calls with the text of an option: its value, or an error that begins with "It must".

export function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('It must be a port, 0 to 65535.');
  return Number(text);
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

export function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
}

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

export function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('It must be a number between 0 and 1, as 0.05.');
  return value;
}

export function gpuList(text: string): string[] {
  if (!/^\d+(,\d+)*$/.test(text))
    throw new InvalidArgumentError('It must be whole numbers with commas between, as 0,1.');
  return text.split(',');
}

export function idList(text: string): string[] {
  const ids = text.split(',').filter((id) => id !== '');
  if (ids.length === 0) throw new InvalidArgumentError('It must be ids of trials with commas between.');
  return ids;
}

export function slurmWords(text: string): string[] {
  try {
    return slurmArguments(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
