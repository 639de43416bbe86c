using System.Text;
using Microsoft.AspNetCore.Http;
using Tracking.Contracts;
using Tracking.Ingest.Decoding;
using Tracking.Store;

namespace Tracking.Ingest.Http;

/// <summary>
/// The paths that devices talk to. They are told apart by comparing strings before anything else of the web stack runs,
/// because single fixes come by the ten thousand a second.
/// </summary>
internal sealed partial class DeviceEndpoints
{
    private readonly Admission _admission;
    private readonly Credentials _credentials;
    private readonly IngestOptions _options;
    private readonly BatchPool _batches;
    private readonly BodyReader _bodies;
    private readonly RequestDelegate _fixes, _events, _checkIns, _osmAnd, _osmAndWhole, _ownTracks, _overland;

    public DeviceEndpoints(Admission admission, Credentials credentials, IngestOptions options)
    {
        (_admission, _credentials, _options) = (admission, credentials, options);
        _batches = new BatchPool(options.MaxBatch);
        _bodies = new BodyReader(options.MaxBodyBytes, options.MaxHeldBodyBytes);
        (_fixes, _osmAnd, _ownTracks, _overland) = (Guarded(FixesAsync), OsmAnd, Guarded(OwnTracksAsync), Guarded(OverlandAsync));
        (_osmAndWhole, _events, _checkIns) = (Guarded(OsmAndAsync), Guarded(DeviceEventsAsync), Guarded(CheckInsAsync));
    }

    /// <summary>What serves a request; null: nothing here does.</summary>
    public RequestDelegate? Find(HttpContext context) => context.Request.Path.Value switch
    {
        "/osmand" => _osmAnd,
        "/v1/fixes" => _fixes,
        "/v1/device-events" => _events,
        "/v1/check-ins" when HttpMethods.IsPost(context.Request.Method) => _checkIns,
        "/owntracks" or "/pub" => _ownTracks,
        "/overland" => _overland,
        var path when _options.DevicesPort != 0 && context.Connection.LocalPort == _options.DevicesPort => path is null or "" or "/" ? _osmAnd : NotFound,
        _ => null,
    };

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    // Rents a batch around a request; the one place where it goes back.
    private RequestDelegate Guarded(Func<HttpContext, DecodedBatch, Task> serve) => async context =>
    {
        DecodedBatch batch = _batches.Rent();
        try
        {
            await serve(context, batch);
        }
        catch (StoreUnavailableException)
        {
            await Answers.Busy(context);
        }
        finally
        {
            _bodies.Release(batch);
            _batches.Return(batch);
        }
    };

    // Single fixes in a query are what most devices send most of the time. When nothing is wrong with one, only the wait for
    // the disk is asynchronous; whatever else there is starts over on the whole way.
    private Task OsmAnd(HttpContext context)
    {
        string query = context.Request.QueryString.Value ?? "";
        bool isPost = HttpMethods.IsPost(context.Request.Method);
        if (query.Length <= 1 || (isPost ? context.Request.ContentLength > 0 : !HttpMethods.IsGet(context.Request.Method))) return _osmAndWhole(context);
        DecodedBatch batch = _batches.Rent();
        try
        {
            ReadQuery(query, batch);
            using (FixTrace.Begin("decode")) OsmAndDecoder.Decode(batch.InputSpan, _admission.ContextOf(Protocol.OsmAnd), batch);
            long known = _credentials.Version;
            if (OsmAndSender(context, batch, false, out Sender sender) != CredentialOutcome.Good) return RefuseUnlessChanged(context, known);
            bool isAppended = _admission.TryAppend(batch, sender, out JournalTicket ticket);
            return isAppended ? EmptyOnceDurable(context, ticket) : _osmAndWhole(context);
        }
        catch (StoreUnavailableException)
        {
            return Answers.Busy(context);
        }
        finally
        {
            _batches.Return(batch);
        }
    }

    private async Task RefuseUnlessChanged(HttpContext context, long known) =>
        await (await _credentials.HaveChangedAsync(context, known) ? _osmAndWhole(context) : RefuseApp(context, "Basic realm=\"tracking\""));

    private static async Task EmptyOnceDurable(HttpContext context, JournalTicket ticket)
    {
        bool isDurable;
        using (FixTrace.Begin("journal")) isDurable = ticket.Accepted && await ticket.WhenDurableAsync();
        await (isDurable ? Answers.Empty(context) : Answers.Busy(context));
    }

    private static void ReadQuery(string query, DecodedBatch batch)
    {
        batch.GrowInput(query.Length * 3);
        batch.InputLength = Encoding.UTF8.GetBytes(query.AsSpan(1), batch.Input);
    }

    private async Task OsmAndAsync(HttpContext context, DecodedBatch batch)
    {
        HttpRequest request = context.Request;
        bool isPost = HttpMethods.IsPost(request.Method);
        if (!isPost && !HttpMethods.IsGet(request.Method))
        {
            await WrongMethod(context, "GET, POST");
            return;
        }
        string query = request.QueryString.Value ?? "";
        bool isJson = isPost && (request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) ?? false);
        if (query.Length > 1 && !isJson)
        {
            // The query wins over a form; the form is not read at all.
            ReadQuery(query, batch);
        }
        else if (isPost && await _bodies.ReadAsync(request, batch) is var outcome && outcome != BodyOutcome.Read)
        {
            await UnreadableFromApp(context, batch, Protocol.OsmAnd, outcome, null, Answers.Empty);
            return;
        }
        DecodeContext decoding = _admission.ContextOf(Protocol.OsmAnd);
        isJson |= batch.InputLength > 0 && batch.Input[0] == (byte)'{';
        using (FixTrace.Begin("decode"))
        {
            if (isJson) OsmAndDecoder.DecodeJson(batch.InputSpan, decoding, batch);
            else OsmAndDecoder.Decode(batch.InputSpan, decoding, batch);
        }
        // What is no JSON names no device; it is kept like any malformed body, since an app that gets an error sends it for ever.
        bool isNameless = isJson && batch.IsMalformed;
        Sender sender = default;
        long known = _credentials.Version;
        CredentialOutcome credentials = isNameless ? CredentialOutcome.Good : OsmAndSender(context, batch, isJson, out sender);
        if (credentials == CredentialOutcome.Wrong && await _credentials.HaveChangedAsync(context, known)) credentials = OsmAndSender(context, batch, isJson, out sender);
        if (credentials != CredentialOutcome.Good) await RefuseApp(context, "Basic realm=\"tracking\"");
        else await FinishApp(context, batch, sender, Protocol.OsmAnd, Answers.Empty);
    }

    private CredentialOutcome OsmAndSender(HttpContext context, DecodedBatch batch, bool isJson, out Sender sender)
    {
        Span<byte> room = stackalloc byte[512];
        ReadOnlySpan<byte> secret = OsmAndDecoder.FindSecret(isJson ? QueryOf(context) : batch.InputSpan, room);
        ReadOnlySpan<byte> id = batch.Count > 0 ? batch.BytesOf(batch[0].DeviceId) : default;
        return _credentials.FromId(context, id, secret, out sender);
    }

    // Beside a JSON body the query has room for nothing but the secret.
    private static ReadOnlySpan<byte> QueryOf(HttpContext context) =>
        context.Request.QueryString.Value is { Length: > 1 } query ? Encoding.UTF8.GetBytes(query, 1, query.Length - 1) : default;

    private async Task OwnTracksAsync(HttpContext context, DecodedBatch batch)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            await WrongMethod(context, "POST");
            return;
        }
        long known = _credentials.Version;
        CredentialOutcome credentials = _credentials.FromOwnTracks(context, out Sender sender);
        if (credentials == CredentialOutcome.Wrong && await _credentials.HaveChangedAsync(context, known)) credentials = _credentials.FromOwnTracks(context, out sender);
        if (credentials != CredentialOutcome.Good || sender.Device is null)
        {
            await RefuseApp(context, "Basic realm=\"tracking\"");
            return;
        }
        BodyOutcome outcome = await _bodies.ReadAsync(context.Request, batch);
        if (outcome != BodyOutcome.Read)
        {
            await UnreadableFromApp(context, batch, Protocol.OwnTracks, outcome, sender.Device, static c => Answers.Json(c, "[]"u8));
            return;
        }
        using (FixTrace.Begin("decode")) OwnTracksDecoder.Decode(batch.InputSpan, _admission.ContextOf(Protocol.OwnTracks), batch);
        await FinishApp(context, batch, sender, Protocol.OwnTracks, static c => Answers.Json(c, "[]"u8));
    }

    private async Task OverlandAsync(HttpContext context, DecodedBatch batch)
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
            await RefuseApp(context, "Bearer");
            return;
        }
        BodyOutcome outcome = await _bodies.ReadAsync(context.Request, batch);
        if (outcome != BodyOutcome.Read)
        {
            await UnreadableFromApp(context, batch, Protocol.Overland, outcome, sender.Device, static c => Answers.Json(c, "{\"result\":\"ok\"}"u8));
            return;
        }
        using (FixTrace.Begin("decode")) OverlandDecoder.Decode(batch.InputSpan, _admission.ContextOf(Protocol.Overland), batch);
        // The app's own name for the device is free text; the secret says which device it is.
        for (int i = 0; sender.Device is not null && i < batch.Count; i++) batch[i].DeviceId = default;
        await FinishApp(context, batch, sender, Protocol.Overland, static c => Answers.Json(c, "{\"result\":\"ok\"}"u8));
    }

    private async Task FinishApp(HttpContext context, DecodedBatch batch, Sender sender, Protocol protocol, RequestDelegate succeed)
    {
        if (batch.IsMalformed)
        {
            await _admission.QuarantineWholeAsync(batch, sender.Device?.Id, protocol, batch.Flaw.Reason, batch.Flaw.Describe(batch));
            await succeed(context);
            return;
        }
        AdmissionOutcome outcome = await _admission.AdmitAsync(batch, sender, protocol);
        await (outcome == AdmissionOutcome.Durable ? succeed(context) : Answers.Busy(context));
    }

    /// <summary>An app must not be told of a body that will never be readable, or it sends it for ever.</summary>
    private async Task UnreadableFromApp(HttpContext context, DecodedBatch batch, Protocol protocol, BodyOutcome outcome, Device? device, RequestDelegate succeed)
    {
        if (outcome == BodyOutcome.Busy)
        {
            await Answers.Busy(context);
            return;
        }
        (string reason, string detail) = outcome switch
        {
            BodyOutcome.TooLarge => ("tooLarge", $"body is larger than {_options.MaxBodyBytes} bytes"),
            BodyOutcome.UnknownEncoding => ("encoding", $"content encoding is not known: {context.Request.Headers.ContentEncoding}"),
            _ => ("encoding", "the compressed body is damaged"),
        };
        await _admission.QuarantineWholeAsync(batch, device?.Id, protocol, reason, detail);
        await succeed(context);
    }

    private Task RefuseApp(HttpContext context, string scheme)
    {
        _credentials.CountFailure(context);
        return Answers.Unauthorized(context, scheme);
    }

    private static Task WrongMethod(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        return Answers.Problem(context, 405, "Method not allowed", $"Use {allowed}.");
    }
}
