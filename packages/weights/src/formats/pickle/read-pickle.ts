import { type ByteSource, show, TensorFileError } from '@nfnets/safetensors';
import { PickleReader } from './pickle-reader.js';
import { PickleStack } from './pickle-stack.js';
import type { PickleGlobal } from './pickle-values.js';

export interface PickleOptions {
  /** What is made of the names that the pickle refers to, by `module.name`. Any other makes inert objects. */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** What stands for an object that the pickle names but does not hold. Without it such a pickle is refused. */
  readonly persistent?: (id: unknown) => unknown;
  /** Where the pickle begins. Default 0. */
  readonly offset?: number;
  /** Where it must have ended. Default the end of the source. */
  readonly end?: number;
}

/** Many times what the largest published file needs: each may make an object of some hundred bytes from one byte. */
const MOST_OBJECTS = 500_000;
/** All others take no more than the numbers or texts that they hold, so that logs of a long training run may be there. */
const MOST_OPERATIONS = 50_000_000;
/** MARK, EMPTY_DICT, EMPTY_LIST, EMPTY_SET, EMPTY_TUPLE, TUPLE1 to TUPLE3, REDUCE, NEWOBJ, NEWOBJ_EX, GLOBAL, STACK_GLOBAL. */
const MAKES_OBJECT = new Set([0x28, 0x7d, 0x5d, 0x8f, 0x29, 0x85, 0x86, 0x87, 0x52, 0x81, 0x92, 0x63, 0x93]);
/** Bytes of the largest whole number that is kept exactly enough; the state of a random generator has some of hundreds. */
const LONGEST_INTEGER = 1 << 12;
/** Bytes of the fixed part behind an opcode. */
const ARGUMENT_BYTES: Readonly<Record<number, number>> = {
  ...{ 128: 1, 149: 8, 75: 1, 77: 2, 74: 4, 138: 1, 139: 4, 71: 8, 67: 1, 66: 4, 142: 8, 150: 8 },
  ...{ 140: 1, 88: 4, 141: 8, 85: 1, 84: 4, 113: 1, 114: 4, 104: 1, 106: 4 },
};

/**
 * Reads a pickle as plain data: numbers, texts, arrays for lists and tuples, Maps for dicts, `LazyBytes` for long
 * bytes, `InertObject`s for what is not known here. Nothing in it is executed: a name is looked up in `globals` and
 * nowhere else.
 *
 * @returns The value, and where the pickle ended.
 * @throws TensorFileError when the pickle is broken or too large.
 *
 * Source: Python's pickletools; protocols 0 to 5, without the opcodes that no weight file has.
 */
export async function readPickle(
  source: ByteSource,
  { globals, persistent, offset = 0, end = source.size }: PickleOptions,
): Promise<{ value: unknown; end: number }> {
  const reader = new PickleReader(source, offset, end);
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: its pickle cannot be read: ${reason}.`);
  };
  const stack = new PickleStack(refuse, globals, persistent);
  const integer = async (length: number) => {
    if (length > LONGEST_INTEGER) refuse(`it has a whole number of ${length} bytes`);
    const bytes = (await reader.bytes(length)) as Uint8Array;
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).reverse();
    const signed = BigInt.asIntN(8 * length, BigInt(`0x0${digits.join('')}`));
    stack.push(Number.isSafeInteger(Number(signed)) ? Number(signed) : signed);
  };

  let objects = 0;
  for (let operations = 0; ; operations++) {
    if (operations === MOST_OPERATIONS) refuse(`it has more than ${MOST_OPERATIONS} operations`);
    await reader.ready(1);
    const opcode = reader.uint8();
    if (MAKES_OBJECT.has(opcode) && ++objects > MOST_OBJECTS) {
      refuse(`it has more than ${MOST_OBJECTS} operations that make objects`);
    }
    await reader.ready(ARGUMENT_BYTES[opcode] ?? 0);
    switch (opcode) {
      case 0x80: // PROTO
        if (reader.uint8() > 5) refuse('its protocol is later than 5');
        break;
      case 0x95: // FRAME
        reader.uint64();
        break;
      case 0x2e: // STOP
        return { value: stack.pop(), end: reader.offset };
      case 0x28: // MARK
        stack.mark();
        break;
      case 0x30: // POP
        stack.drop();
        break;
      case 0x31: // POP_MARK
        stack.popToMark();
        break;
      case 0x32: // DUP
        stack.push(stack.top());
        break;
      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
        stack.push(true);
        break;
      case 0x89: // NEWFALSE
        stack.push(false);
        break;
      case 0x4b: // BININT1
        stack.push(reader.uint8());
        break;
      case 0x4d: // BININT2
        stack.push(reader.uint16());
        break;
      case 0x4a: // BININT
        stack.push(reader.int32());
        break;
      case 0x8a: // LONG1
        await integer(reader.uint8());
        break;
      case 0x8b: // LONG4
        await integer(reader.uint32());
        break;
      case 0x47: // BINFLOAT
        stack.push(reader.float64BigEndian());
        break;
      case 0x49: // INT
      case 0x4c: // LONG
      case 0x46: {
        // FLOAT
        const line = await reader.line();
        if (opcode === 0x49 && (line === '00' || line === '01')) stack.push(line === '01');
        else if (/^-?[\d.]+(e[-+]?\d+)?L?$/.test(line)) stack.push(Number(line.replace('L', '')));
        else if (/^-?(inf|nan)$/.test(line)) stack.push(Number(line.replace('inf', 'Infinity')));
        else refuse(`it has the number ${show(line)}`);
        break;
      }
      case 0x43: // SHORT_BINBYTES
        stack.push(await reader.bytes(reader.uint8()));
        break;
      case 0x42: // BINBYTES
        stack.push(await reader.bytes(reader.uint32()));
        break;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(await reader.bytes(reader.uint64()));
        break;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(await reader.text(reader.uint8()));
        break;
      case 0x58: // BINUNICODE
        stack.push(await reader.text(reader.uint32()));
        break;
      case 0x8d: // BINUNICODE8
        stack.push(await reader.text(reader.uint64()));
        break;
      case 0x55: // SHORT_BINSTRING, of Python 2
        stack.push(await reader.text(reader.uint8()));
        break;
      case 0x54: // BINSTRING, of Python 2
        stack.push(await reader.text(reader.uint32()));
        break;
      case 0x56: {
        // UNICODE
        const line = await reader.line();
        stack.push(line.replace(/\\u([\da-f]{4})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16))));
        break;
      }
      case 0x53: {
        // STRING
        const line = await reader.line();
        const quoted = line.match(/^(['"])((?:[^\\]|\\.)*)\1$/);
        stack.push(quoted === null ? refuse(`it has the text ${show(line)}`) : unescaped(quoted[2]!));
        break;
      }
      case 0x5d: // EMPTY_LIST
        stack.push([]);
        break;
      case 0x6c: // LIST
        stack.push(stack.popToMark());
        break;
      case 0x8f: // EMPTY_SET
        stack.push(new Set());
        break;
      case 0x90: // ADDITEMS
        stack.addItems(stack.popToMark());
        break;
      case 0x91: // FROZENSET
        stack.push(new Set(stack.popToMark()));
        break;
      case 0x61: // APPEND
        stack.append([stack.pop()]);
        break;
      case 0x65: // APPENDS
        stack.append(stack.popToMark());
        break;
      case 0x29: // EMPTY_TUPLE
        stack.tuple([]);
        break;
      case 0x74: // TUPLE
        stack.tuple(stack.popToMark());
        break;
      case 0x85: // TUPLE1
        stack.tuple([stack.pop()]);
        break;
      case 0x86: // TUPLE2
        stack.tuple([stack.pop(), stack.pop()].reverse());
        break;
      case 0x87: // TUPLE3
        stack.tuple([stack.pop(), stack.pop(), stack.pop()].reverse());
        break;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        break;
      case 0x64: {
        // DICT
        const items = stack.popToMark();
        stack.push(new Map());
        stack.setItems(items);
        break;
      }
      case 0x73: // SETITEM
        stack.setItems([stack.pop(), stack.pop()].reverse());
        break;
      case 0x75: // SETITEMS
        stack.setItems(stack.popToMark());
        break;
      case 0x70: // PUT
        stack.store(Number(await reader.line()));
        break;
      case 0x71: // BINPUT
        stack.store(reader.uint8());
        break;
      case 0x72: // LONG_BINPUT
        stack.store(reader.uint32());
        break;
      case 0x94: // MEMOIZE
        stack.store();
        break;
      case 0x67: // GET
        stack.recall(Number(await reader.line()));
        break;
      case 0x68: // BINGET
        stack.recall(reader.uint8());
        break;
      case 0x6a: // LONG_BINGET
        stack.recall(reader.uint32());
        break;
      case 0x63: // GLOBAL
        stack.push(stack.lookUp(await reader.line(), await reader.line()));
        break;
      case 0x93: {
        // STACK_GLOBAL
        const name = stack.pop();
        const module = stack.pop();
        if (typeof name !== 'string' || typeof module !== 'string') return refuse('it refers to what is not a name');
        stack.push(stack.lookUp(module, name));
        break;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = stack.pop();
        stack.call(stack.pop(), args);
        break;
      }
      case 0x92: {
        // NEWOBJ_EX, with arguments by name that nothing here has
        stack.pop();
        const args = stack.pop();
        stack.call(stack.pop(), args);
        break;
      }
      case 0x6f: {
        // OBJ
        const [callee, ...args] = stack.popToMark();
        stack.call(callee, args);
        break;
      }
      case 0x62: // BUILD
        stack.build();
        break;
      case 0x50: // PERSID
        stack.persist(await reader.line());
        break;
      case 0x51: // BINPERSID
        stack.persist(stack.pop());
        break;
      case 0x69: // INST
        stack.call(stack.lookUp(await reader.line(), await reader.line()), stack.popToMark());
        break;
      default:
        refuse(`it has the opcode 0x${opcode.toString(16)}, which no weight file has`);
    }
  }
}

/** A text between quotes as Python shows it. */
function unescaped(text: string): string {
  const plain: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
  return text.replace(/\\(x[\da-f]{2}|.)/gi, (_, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (plain[code] ?? code),
  );
}
