// Takes alerts that a webhook sends. Node 20, no packages; put something with TLS before it.
// usage: TRACKING_SECRET=… node webhook.mjs [PORT]        then: POST /v1/webhooks {"url":"http://…:PORT/","secret":"…"}
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const seen = new Set(); // ids of the last alerts; keep them where your work is kept

function isGenuine(header, body) { // X-Tracking-Signature: t=<unix>,v1=<hex HMAC-SHA256 of "t.body">
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header ?? "") ?? [];
  if (!time || Math.abs(Date.now() / 1000 - time) > 300) return false; // too old: somebody may have recorded it
  const expected = createHmac("sha256", process.env.TRACKING_SECRET).update(`${time}.`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

function handle(alert) { // Does your work; when it throws, the alert is sent again.
  if (seen.has(alert.id)) return;
  console.log(`${alert.at} ${alert.kind} ${alert.repId}: ${alert.text.en}`);
  seen.add(alert.id);
  if (seen.size > 100_000) seen.delete(seen.values().next().value);
}

createServer(async (request, response) => {
  try {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    if (!isGenuine(request.headers["x-tracking-signature"], body)) return response.writeHead(401).end();
    for (const event of [JSON.parse(body)].flat()) // one event, or a batch when the webhook is behind
      if (event.type.startsWith("tracking.alert.")) handle(event.data);
    response.writeHead(204).end(); // after the work, never before
  } catch (error) {
    console.error(error.message);
    response.writeHead(500).end();
  }
}).listen(process.argv[2] ?? 8090, function () { console.error(`listening on ${this.address().port}`); });
