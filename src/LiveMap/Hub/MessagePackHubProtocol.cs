using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace Tracking.LiveMap.Hub;

/// <summary>
/// SignalR's MessagePack hub protocol, server side: what <c>@microsoft/signalr-protocol-msgpack</c> speaks. Each message is
/// an array behind its length as a varint. Frames go into it as one <c>bin</c>, copied from the shared blocks.
/// </summary>
internal sealed partial class MessagePackHubProtocol : IHubProtocol
{
    private const int Invocation = 1, StreamItem = 2, Completion = 3, StreamInvocation = 4, CancelInvocation = 5, Ping = 6, Close = 7,
        Ack = 8, Sequence = 9;

    private const int ErrorResult = 1, VoidResult = 2, NonVoidResult = 3;
    private const int MaxLengthBytes = 5;
    private readonly JsonSerializerOptions _json;

    /// <summary>Shares the argument forms of the JSON protocol.</summary>
    public MessagePackHubProtocol(IOptions<JsonHubProtocolOptions> json) => _json = json.Value.PayloadSerializerOptions;

    /// <inheritdoc/>
    public string Name => "messagepack";

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public TransferFormat TransferFormat => TransferFormat.Binary;

    /// <inheritdoc/>
    public bool IsVersionSupported(int version) => version is 1 or 2;

    /// <inheritdoc/>
    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        while (TryTakeMessage(ref input, out ReadOnlySequence<byte> payload))
        {
            // Messages are small (the hub limits them), so one that lies in two segments is copied.
            message = payload.IsSingleSegment ? Parse(payload.FirstSpan, binder) : Parse(payload.ToArray(), binder);
            if (message is not null) return true;
        }
        message = null;
        return false;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        WriteMessage(message, buffer);
        return buffer.WrittenMemory;
    }

    /// <summary>Takes one message off the input; false: it is not complete yet.</summary>
    /// <exception cref="InvalidDataException">The length is none, which ends the connection.</exception>
    private static bool TryTakeMessage(ref ReadOnlySequence<byte> input, out ReadOnlySequence<byte> payload)
    {
        payload = default;
        long length = 0;
        int shift = 0, used = 0;
        var reader = new SequenceReader<byte>(input);
        while (true)
        {
            if (!reader.TryRead(out byte part)) return false;
            if (++used > MaxLengthBytes || (used == MaxLengthBytes && part > 7)) throw new InvalidDataException("The message's length is too large.");
            length |= (long)(part & 0x7f) << shift;
            shift += 7;
            if ((part & 0x80) == 0) break;
        }
        if (reader.Remaining < length) return false;
        payload = input.Slice(used, length);
        input = input.Slice(used + length);
        return true;
    }
}
