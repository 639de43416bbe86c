using System.Collections.Concurrent;
using System.Net.Sockets;
using Tracking.Contracts;

namespace Tracking.Simulator.Sending;

/// <summary>
/// The phones' side of the network: each phone sends its reports in order, one request at a time, and keeps them until
/// the server has taken them.
/// </summary>
public sealed class Fleet : IReportSink, IAsyncDisposable
{
    private readonly FleetOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;
    private readonly SemaphoreSlim _free;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<Person, PhoneLink> _links = new();
    private long _waiting;
    private long _sent;
    private long _retries;
    private long _refused;
    private long _dropped;
    private string? _trouble;

    /// <summary>A fleet whose phones connect when they have something to say.</summary>
    public Fleet(FleetOptions options, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _clock = clock ?? TimeProvider.System;
        _free = new SemaphoreSlim(options.Concurrency);
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = options.Concurrency, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };
    }

    /// <summary>Reports that the server has taken.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Reports that are still in phones.</summary>
    public long Waiting => Volatile.Read(ref _waiting);

    /// <summary>Requests that failed and were tried again.</summary>
    public long Retries => Volatile.Read(ref _retries);

    /// <summary>Reports that the server called malformed.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Reports that a full phone had to let go.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>What went wrong last, in words; null: nothing.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <inheritdoc/>
    public void Report(Person person, in DeviceReport report)
    {
        PhoneLink link = _links.GetOrAdd(person, static (who, fleet) => new PhoneLink(who, fleet), this);
        link.Add(report);
    }

    /// <summary>Waits until at most so many reports are in phones.</summary>
    public async Task WaitUntilBelowAsync(long reports, CancellationToken cancel)
    {
        while (Waiting > reports) await Task.Delay(TimeSpan.FromMilliseconds(20), _clock, cancel);
    }

    /// <summary>Stops sending; what is still in phones stays there.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        foreach (PhoneLink link in _links.Values) await link.EndAsync();
        _http.Dispose();
        _free.Dispose();
        _ending.Dispose();
    }

    /// <summary>One phone's queue and loop.</summary>
    private sealed class PhoneLink(Person person, Fleet fleet)
    {
        private readonly Queue<DeviceReport> _queue = new();
        private readonly Credential _credential = fleet._options.CredentialOf(person);
        private readonly List<DeviceReport> _batch = [];
        private SealedPhone? _sealed;
        private Task _loop = Task.CompletedTask;

        public void Add(in DeviceReport report)
        {
            lock (_queue)
            {
                if (_queue.Count >= fleet._options.QueuePerPhone)
                {
                    _queue.Dequeue();
                    Interlocked.Decrement(ref fleet._waiting);
                    Interlocked.Increment(ref fleet._dropped);
                }
                _queue.Enqueue(report);
                Interlocked.Increment(ref fleet._waiting);
                if (_loop.IsCompleted && !fleet._ending.IsCancellationRequested) _loop = Task.Run(SendAllAsync);
            }
        }

        public async Task EndAsync()
        {
            Task loop;
            lock (_queue) loop = _loop;
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _sealed?.Dispose();
        }

        private async Task SendAllAsync()
        {
            CancellationToken cancel = fleet._ending.Token;
            TimeSpan pause = fleet._options.FirstPause;
            while (TakeBatch())
            {
                TimeSpan? retry = await TrySendAsync(cancel);
                if (retry is not { } asked)
                {
                    pause = fleet._options.FirstPause;
                    _batch.Clear();
                    continue;
                }
                Interlocked.Increment(ref fleet._retries);
                await Task.Delay(asked > pause ? asked : pause, fleet._clock, cancel);
                pause = pause * 2 > fleet._options.LongestPause ? fleet._options.LongestPause : pause * 2;
            }
        }

        /// <summary>A batch that failed is sent again as it was; false ends the loop, under the lock, so that no report is forgotten.</summary>
        private bool TakeBatch()
        {
            if (_batch.Count > 0) return true;
            lock (_queue)
            {
                int most = Payloads.BatchSize(person.Spec.Protocol);
                while (_batch.Count < most && _queue.TryDequeue(out DeviceReport report)) _batch.Add(report);
                if (_batch.Count > 0) return true;
                _loop = Task.CompletedTask;
                return false;
            }
        }

        /// <summary>Sends the batch; null: settled, otherwise how long the server asks to wait.</summary>
        private async Task<TimeSpan?> TrySendAsync(CancellationToken cancel)
        {
            await fleet._free.WaitAsync(cancel);
            try
            {
                if (person.Spec.Protocol == Protocol.Udp && fleet._options.Udp is not null && _credential.DeviceNumber != 0) return await SealAsync(cancel);
                using HttpRequestMessage request = Payloads.Request(person, _batch, _credential, fleet._options.Main, fleet._options.Devices);
                using HttpResponseMessage answer = await fleet._http.SendAsync(request, cancel);
                return Settle(answer);
            }
            catch (Exception failed) when (failed is HttpRequestException or IOException or SocketException || (failed is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                Volatile.Write(ref fleet._trouble, $"no answer from {fleet._options.Main}: {failed.Message}");
                return TimeSpan.Zero;
            }
            finally
            {
                fleet._free.Release();
            }
        }

        private async Task<TimeSpan?> SealAsync(CancellationToken cancel)
        {
            _sealed ??= new SealedPhone(fleet._options.Udp!, _credential.DeviceNumber, _credential.Secret, fleet._clock);
            bool? stored = await _sealed.SendAsync(Payloads.MessagePack(person.Spec.Id, _batch), cancel);
            if (stored is { } settled) return settled ? Done(ref fleet._sent) : Done(ref fleet._refused);
            Volatile.Write(ref fleet._trouble, $"no answer to a datagram of {person.Spec.Id}");
            return TimeSpan.Zero;
        }

        private TimeSpan? Done(ref long counter)
        {
            Interlocked.Add(ref counter, _batch.Count);
            Interlocked.Add(ref fleet._waiting, -_batch.Count);
            return null;
        }

        private TimeSpan? Settle(HttpResponseMessage answer)
        {
            if (answer.IsSuccessStatusCode) return Done(ref fleet._sent);
            Volatile.Write(ref fleet._trouble, $"{person.Spec.Protocol} of {person.Spec.Id}: the server answers {(int)answer.StatusCode} {answer.ReasonPhrase}");
            // Malformed stays malformed; credentials and overload may be mended, so those are tried again.
            if ((int)answer.StatusCode is 400 or 413 or 415 or 422) return Done(ref fleet._refused);
            return answer.Headers.RetryAfter?.Delta ?? TimeSpan.Zero;
        }
    }
}
