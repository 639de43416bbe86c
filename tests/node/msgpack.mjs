// Encodes or decodes with @msgpack/msgpack what the codec under test is compared with.
// usage: node msgpack.mjs encode|decode   standard input and output: one JSON array
import { readFileSync } from "node:fs";
import { decode, decodeTimestampToTimeSpec, encode, encodeTimeSpecToTimestamp, ExtensionCodec } from "@msgpack/msgpack";

class Timestamp {
  constructor(sec, nsec) { Object.assign(this, { sec, nsec }); }
}
const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: -1,
  encode: (value) => value instanceof Timestamp ? encodeTimeSpecToTimestamp(value) : null,
  decode: (data) => { const { sec, nsec } = decodeTimestampToTimeSpec(data); return new Timestamp(sec, nsec); },
});

const bits = (number) => {
  if (Number.isNaN(number)) return "nan";
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
};
const fromBits = (hex) => {
  if (hex === "nan") return NaN;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt("0x" + hex));
  return view.getFloat64(0);
};

function toValue([kind, value]) {
  switch (kind) {
    case "nil": return null;
    case "int": return Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value);
    case "float": return fromBits(value);
    case "bin": return Buffer.from(value, "hex");
    case "time": return new Timestamp(value[0], value[1]);
    case "array": return value.map(toValue);
    case "map": return Object.fromEntries(value.map(([key, item]) => [key, toValue(item)]));
    default: return value;
  }
}

function fromValue(value) {
  if (value === null) return ["nil", null];
  if (typeof value === "boolean") return ["bool", value];
  if (typeof value === "bigint") return ["int", value.toString()];
  if (typeof value === "number") return ["float", bits(value)];
  if (typeof value === "string") return ["str", value];
  if (value instanceof Uint8Array) return ["bin", Buffer.from(value).toString("hex")];
  if (value instanceof Timestamp) return ["time", [value.sec, value.nsec]];
  if (Array.isArray(value)) return ["array", value.map(fromValue)];
  return ["map", Object.entries(value).map(([key, item]) => [key, fromValue(item)])];
}

const input = JSON.parse(readFileSync(0, "utf8"));
const output = process.argv[2] === "encode"
  ? input.map((item) => Buffer.from(encode(toValue(item), { extensionCodec, useBigInt64: true })).toString("hex"))
  : input.map((hex) => fromValue(decode(Buffer.from(hex, "hex"), { extensionCodec, useBigInt64: true })));
process.stdout.write(JSON.stringify(output));
