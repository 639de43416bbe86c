using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.AspNetCore.WebUtilities;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>What a target did with a request.</summary>
internal enum Outcome
{
    /// <summary>It took it (2xx).</summary>
    Accepted,
    /// <summary>It does not want this (4xx): sending the same again is of no use, sending less may be.</summary>
    Refused,
    /// <summary>It cannot be reached, or cannot work now: 408, 425, 429, 5xx, no answer, and redirects, which are not followed.</summary>
    Unavailable,
    /// <summary>It wants nothing any more (410).</summary>
    Gone,
}

/// <summary>A target's answer.</summary>
/// <param name="Outcome">What it means.</param>
/// <param name="Status">The status; 0: there was no answer.</param>
/// <param name="Detail">For people; never the answer's body.</param>
/// <param name="RetryAfter">How long the target wants to be left alone; null: it says nothing.</param>
/// <param name="At">When it came.</param>
internal sealed record Answer(Outcome Outcome, int Status, string Detail, TimeSpan? RetryAfter, Instant At);

/// <summary>
/// Sends signed requests. Only the status and the headers of an answer matter: a body is drained a little, so that the
/// connection can be used again, and cut off when it is long or slow.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    private const int MaxDrainBytes = 64 << 10;
    private readonly WebhookOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _client;
    private readonly Dictionary<Outcome, Counter> _requests;

    public WebhookSender(WebhookOptions options, TargetGuard guard, TimeProvider clock, Metrics metrics)
    {
        (_options, _clock) = (options, clock);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // A proxy of the environment would connect in our place, past the guard.
            UseProxy = false,
            ConnectCallback = guard.ConnectAsync,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = MaxDrainBytes,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Tracking", typeof(WebhookSender).Assembly.GetName().Version?.ToString(3)));
        _requests = Enum.GetValues<Outcome>().ToDictionary(static o => o, o => metrics.Counter("tracking_webhook_requests_total",
            "Requests to webhooks' targets, by what came of them.", ("result", o.ToString().ToLowerInvariant())));
    }

    /// <summary>Sends a body to a webhook's target.</summary>
    /// <exception cref="OperationCanceledException">Given up by the caller.</exception>
    public async Task<Answer> SendAsync(Webhook webhook, EventBody body, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_options.AnswerTimeout);
        Answer answer;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ReadOnlyMemoryContent(body.Bytes) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", body.ContentType);
            request.Headers.TryAddWithoutValidation(Signature.HeaderName, Signature.Of(webhook.Secret, _clock.GetUtcNow().ToUnixTimeSeconds(), body.Bytes.Span));
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            int status = (int)response.StatusCode;
            answer = new Answer(OutcomeOf(status), status, $"{status} {ReasonPhrases.GetReasonPhrase(status)}".TrimEnd(), RetryAfterOf(response), Now);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            answer = Failed($"no answer within {_options.AnswerTimeout.TotalSeconds:0.###} s");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            answer = Failed(Explain(failure));
        }
        _requests[answer.Outcome].Add();
        return answer;
    }

    private Instant Now => Instant.Now(_clock);

    private Answer Failed(string why) => new(Outcome.Unavailable, 0, why, null, Now);

    private static Outcome OutcomeOf(int status) => status switch
    {
        >= 200 and < 300 => Outcome.Accepted,
        (int)HttpStatusCode.Gone => Outcome.Gone,
        408 or 425 or 429 => Outcome.Unavailable,
        >= 400 and < 500 => Outcome.Refused,
        _ => Outcome.Unavailable,
    };

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        RetryConditionHeaderValue? header = response.Headers.RetryAfter;
        TimeSpan? asked = header?.Delta ?? (header?.Date is { } date ? date - _clock.GetUtcNow() : null);
        return asked > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Min(asked.Value.Ticks, _options.RetryAfterMost.Ticks)) : null;
    }

    /// <summary>In words that give away nothing about the network beyond what the address's owner chose.</summary>
    private static string Explain(Exception failure) => failure switch
    {
        { InnerException: SocketException socket } => $"no connection: {socket.SocketErrorCode}",
        HttpRequestException { HttpRequestError: HttpRequestError.Unknown } => failure.InnerException is HttpRequestException inner ? inner.Message : failure.Message,
        HttpRequestException { HttpRequestError: var error } when failure.InnerException is not HttpRequestException => $"no connection: {error}",
        { InnerException: HttpRequestException refused } => refused.Message,
        _ => "the connection broke",
    };

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
