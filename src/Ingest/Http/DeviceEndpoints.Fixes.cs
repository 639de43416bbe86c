using Microsoft.AspNetCore.Http;
using Tracking.Contracts;
using Tracking.Ingest.Decoding;

namespace Tracking.Ingest.Http;

/// <summary><c>POST /v1/fixes</c> <c>/v1/device-events</c> and <c>/v1/check-ins</c>, our own interface: what is wrong is said plainly.</summary>
internal sealed partial class DeviceEndpoints
{
    private Task FixesAsync(HttpContext context, DecodedBatch batch) => OwnAsync(context, batch, Decode);

    private Task DeviceEventsAsync(HttpContext context, DecodedBatch batch)
    {
        batch.HoldsEvents = true;
        return OwnAsync(context, batch, DeviceEventDecoder.Decode);
    }

    private Task CheckInsAsync(HttpContext context, DecodedBatch batch)
    {
        batch.HoldsEvents = true;
        return OwnAsync(context, batch, CheckInDecoder.Decode);
    }

    private delegate void OwnDecoder(ReadOnlySpan<byte> input, in DecodeContext decoding, DecodedBatch batch);

    private static void Decode(ReadOnlySpan<byte> input, in DecodeContext decoding, DecodedBatch batch)
    {
        if (decoding.Protocol == Protocol.Json) FixJsonDecoder.Decode(input, decoding, batch);
        else FixMessagePackDecoder.Decode(input, decoding, batch);
    }

    private async Task OwnAsync(HttpContext context, DecodedBatch batch, OwnDecoder decode)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            await WrongMethod(context, "POST");
            return;
        }
        long known = _credentials.Version;
        CredentialOutcome credentials = _credentials.FromBearer(context, out Sender sender);
        if (credentials == CredentialOutcome.Wrong && await _credentials.HaveChangedAsync(context, known)) credentials = _credentials.FromBearer(context, out sender);
        if (credentials != CredentialOutcome.Good)
        {
            await RefuseFixes(context, credentials);
            return;
        }
        if (ProtocolOf(context.Request.ContentType) is not { } protocol || (batch.HoldsEvents && protocol != Protocol.Json))
        {
            await Answers.Problem(context, 415, "Unsupported media type", $"Content-Type is not known: {context.Request.ContentType}. "
                + $"Use application/json{(batch.HoldsEvents ? " or application/x-ndjson" : ", application/x-ndjson or application/msgpack")}.");
            return;
        }
        BodyOutcome outcome = await _bodies.ReadAsync(context.Request, batch);
        if (outcome != BodyOutcome.Read)
        {
            await Unreadable(context, batch, sender, protocol, outcome);
            return;
        }
        using (FixTrace.Begin("decode")) decode(batch.InputSpan, _admission.ContextOf(protocol), batch);
        if (batch.IsMalformed) await Malformed(context, batch, sender, protocol);
        else await Finish(context, batch, sender, protocol);
    }

    private static Protocol? ProtocolOf(string? contentType)
    {
        ReadOnlySpan<char> type = contentType ?? "application/json";
        int semicolon = type.IndexOf(';');
        if (semicolon >= 0) type = type[..semicolon];
        type = type.Trim();
        return Is(type, "application/json") || Is(type, "application/x-ndjson") || Is(type, "application/ndjson") || Is(type, "application/jsonl")
            ? Protocol.Json
            : Is(type, "application/msgpack") || Is(type, "application/x-msgpack") || Is(type, "application/vnd.msgpack") ? Protocol.MessagePack : null;

        static bool Is(ReadOnlySpan<char> type, string name) => type.Equals(name, StringComparison.OrdinalIgnoreCase);
    }

    private async Task Finish(HttpContext context, DecodedBatch batch, Sender sender, Protocol protocol)
    {
        switch (await _admission.AdmitAsync(batch, sender, protocol))
        {
            case AdmissionOutcome.Durable:
                await Answers.PerFix(context, batch);
                break;
            case AdmissionOutcome.TooFast:
                await Answers.Later(context, 429, "Too many fixes", "The device sends more fixes than it may. Keep them and send them later.");
                break;
            default:
                await Answers.Busy(context);
                break;
        }
    }

    private async Task Malformed(HttpContext context, DecodedBatch batch, Sender sender, Protocol protocol)
    {
        Flaw flaw = batch.Flaw;
        string detail = flaw.Describe(batch);
        await _admission.QuarantineWholeAsync(batch, sender.Device?.Id, protocol, flaw.Reason, detail);
        (int status, string title) = flaw.Kind switch
        {
            FlawKind.TooMany => (413, "Too many items in one request"),
            FlawKind.NotAFix => (422, "Not a fix"),
            FlawKind.NotAnEvent => (422, "Not an event"),
            FlawKind.NotACheckIn => (422, "Not a check-in"),
            _ => (400, "Malformed body"),
        };
        if (flaw.Kind == FlawKind.TooMany) detail = $"A request may hold {_options.MaxBatch} items.";
        await Answers.Problem(context, status, title, detail, flaw.Field);
    }

    private async Task Unreadable(HttpContext context, DecodedBatch batch, Sender sender, Protocol protocol, BodyOutcome outcome)
    {
        switch (outcome)
        {
            case BodyOutcome.TooLarge:
                await Answers.Problem(context, 413, "Body too large", $"A body may have {_options.MaxBodyBytes} bytes, compressed and not.");
                break;
            case BodyOutcome.UnknownEncoding:
                await Answers.Problem(context, 415, "Unsupported content encoding", "Use gzip, br or deflate.");
                break;
            case BodyOutcome.Damaged:
                await _admission.QuarantineWholeAsync(batch, sender.Device?.Id, protocol, "encoding", "the compressed body is damaged");
                await Answers.Problem(context, 400, "Malformed body", "The compressed body is damaged.");
                break;
            default:
                await Answers.Busy(context);
                break;
        }
    }

    private Task RefuseFixes(HttpContext context, CredentialOutcome outcome)
    {
        if (outcome == CredentialOutcome.Forbidden)
            return Answers.Problem(context, 403, "Forbidden", "This token may not hand in fixes; use a device's secret or a gateway token.");
        return _credentials.CountFailure(context)
            ? Answers.Later(context, 429, "Too many wrong credentials", "Too many wrong credentials came from this address.")
            : Answers.Unauthorized(context, "Bearer");
    }
}
