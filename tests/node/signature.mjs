// Checks X-Tracking-Signature headers. Argument: a file of JSON lines {"secret","header","body" (base64)}; prints how many are right.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

let right = 0;
for (const line of readFileSync(process.argv[2], "utf8").trim().split("\n")) {
  const { secret, header, body } = JSON.parse(line);
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header);
  const expected = createHmac("sha256", secret).update(`${time}.`).update(Buffer.from(body, "base64")).digest("hex");
  if (expected === signature && Math.abs(Date.now() / 1000 - time) < 300) right++;
}
console.log(right);
