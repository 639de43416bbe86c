// Sends one position as a sealed datagram (docs/udp.md) and waits until the server has it on disk. Node.js, no packages.
// usage: node udp-sender.mjs HOST PORT DEVICE_NUMBER SECRET LATITUDE LONGITUDE
//        (the number is the last column of `tracking device list`, the secret what `tracking device add` printed)
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { createSocket } from "node:dgram";

const [host, port, device, secret, latitude, longitude] = process.argv.slice(2);
const key = Buffer.from(hkdfSync("sha256", secret, "", "tracking udp v1", 32));
let counter = BigInt(Date.now()) * 1000n;

function payload(fixedAtMs) { // MessagePack: [fixedAt, latitude, longitude]
  const bytes = Buffer.alloc(28);
  bytes[0] = 0x93; bytes[1] = 0xcf; bytes[10] = 0xcb; bytes[19] = 0xcb;
  bytes.writeBigUInt64BE(BigInt(fixedAtMs), 2);
  bytes.writeDoubleBE(Number(latitude), 11);
  bytes.writeDoubleBE(Number(longitude), 20);
  return bytes;
}

function seal(plain) {
  const header = Buffer.alloc(14), nonce = Buffer.alloc(12);
  header[0] = 0xa1; header[1] = 1; // fixes, version 1; an answer is wanted
  header.writeUInt32BE(Number(device), 2);
  header.writeBigUInt64BE(counter, 6);
  header.copy(nonce, 4, 6);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(header);
  return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(answer) {
  const cipher = createDecipheriv("aes-256-gcm", key, answer.subarray(5, 17)).setAAD(answer.subarray(0, 17)).setAuthTag(answer.subarray(-16));
  return Buffer.concat([cipher.update(answer.subarray(17, -16)), cipher.final()]);
}

const socket = createSocket(host.includes(":") ? "udp6" : "udp4"), fix = payload(Date.now());
const send = () => socket.send(seal(fix), Number(port), host);
let tries = 1;
const timer = setInterval(() => { if (tries++ === 5) { console.error("no answer"); process.exit(1); } counter++; send(); }, 1000);
socket.on("message", (message) => {
  const said = open(message);
  if (said[0] === 1) { counter = said.readBigUInt64BE(13); return send(); } // counter too low: go on from the one that is named
  console.log(said[0] === 0 ? `stored ${said.readUInt16BE(9)} of ${said.readUInt16BE(9) + said.readUInt16BE(11)}` : "malformed");
  clearInterval(timer);
  socket.close();
});
send();
