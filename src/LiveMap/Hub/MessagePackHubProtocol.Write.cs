using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Protocol;
using Tracking.Contracts.MessagePack;
using Tracking.LiveMap.Frames;

namespace Tracking.LiveMap.Hub;

internal sealed partial class MessagePackHubProtocol
{
    /// <summary>More than everything around a frame takes: type, headers, target, array and bin heads.</summary>
    private const int EnvelopeRoom = 512;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <inheritdoc/>
    public void WriteMessage(HubMessage message, IBufferWriter<byte> output)
    {
        ArrayBufferWriter<byte> buffer = _buffer ??= new(4096);
        buffer.ResetWrittenCount();
        if (message is InvocationMessage { InvocationId: null, Headers: null, StreamIds: null, Arguments: [LiveFrame frame] } frameMessage)
        {
            WriteFrame(frameMessage.Target, frame, output);
            return;
        }
        var writer = new MessagePackWriter(buffer);
        Write(ref writer, message);
        writer.Flush();
        WriteLength(output, buffer.WrittenCount);
        output.Write(buffer.WrittenSpan);
        // A large message must not keep its memory on the thread for ever.
        if (buffer.Capacity > 1 << 20) _buffer = null;
    }

    /// <summary>
    /// Copies a frame's shared blocks right into the connection's buffer, in one piece: what lies in two pieces goes out in
    /// two WebSocket frames, which costs a viewer twice as much.
    /// </summary>
    private static void WriteFrame(string target, LiveFrame frame, IBufferWriter<byte> output)
    {
        Span<byte> head = stackalloc byte[EnvelopeRoom];
        var writer = new MessagePackWriter(head);
        writer.WriteArrayHeader(6);
        writer.WriteInt64(Invocation);
        writer.WriteMapHeader(0);
        writer.WriteNil();
        writer.WriteString(target);
        writer.WriteArrayHeader(1);
        int length = frame.Length;
        writer.WriteBinaryHeader(length);
        head = head[..(int)writer.BytesWritten];
        int message = head.Length + length + 1;
        Span<byte> room = output.GetSpan(MaxLengthBytes + message);
        int used = PutLength(room, message);
        head.CopyTo(room[used..]);
        frame.CopyTo(room[(used + head.Length)..]);
        // No streams.
        room[used + message - 1] = 0x90;
        output.Advance(used + message);
    }

    private void Write(ref MessagePackWriter writer, HubMessage message)
    {
        switch (message)
        {
            case InvocationMessage invocation:
                WriteInvocation(ref writer, Invocation, invocation, invocation.StreamIds);
                break;
            case StreamInvocationMessage invocation:
                WriteInvocation(ref writer, StreamInvocation, invocation, invocation.StreamIds);
                break;
            case StreamItemMessage item:
                Begin(ref writer, 4, StreamItem, item);
                writer.WriteString(item.InvocationId);
                WriteArgument(ref writer, item.Item);
                break;
            case CompletionMessage completion:
                WriteCompletion(ref writer, completion);
                break;
            case CancelInvocationMessage cancel:
                Begin(ref writer, 3, CancelInvocation, cancel);
                writer.WriteString(cancel.InvocationId);
                break;
            case PingMessage:
                writer.WriteArrayHeader(1);
                writer.WriteInt64(Ping);
                break;
            case CloseMessage close:
                WriteClose(ref writer, close);
                break;
            case AckMessage ack:
                writer.WriteArrayHeader(2);
                writer.WriteInt64(Ack);
                writer.WriteInt64(ack.SequenceId);
                break;
            case SequenceMessage sequence:
                writer.WriteArrayHeader(2);
                writer.WriteInt64(Sequence);
                writer.WriteInt64(sequence.SequenceId);
                break;
            default:
                throw new InvalidDataException($"A message of the type {message.GetType().Name} has no form.");
        }
    }

    private void WriteInvocation(ref MessagePackWriter writer, int type, HubMethodInvocationMessage invocation, string[]? streams)
    {
        Begin(ref writer, 6, type, invocation);
        if (invocation.InvocationId is { Length: > 0 } id) writer.WriteString(id);
        else writer.WriteNil();
        writer.WriteString(invocation.Target);
        writer.WriteArrayHeader(invocation.Arguments.Length);
        foreach (object? argument in invocation.Arguments) WriteArgument(ref writer, argument);
        writer.WriteArrayHeader(streams?.Length ?? 0);
        foreach (string stream in streams ?? []) writer.WriteString(stream);
    }

    private void WriteCompletion(ref MessagePackWriter writer, CompletionMessage completion)
    {
        int kind = completion.Error is not null ? ErrorResult : completion.HasResult ? NonVoidResult : VoidResult;
        Begin(ref writer, kind == VoidResult ? 4 : 5, Completion, completion);
        writer.WriteString(completion.InvocationId);
        writer.WriteInt64(kind);
        if (kind == ErrorResult) writer.WriteString(completion.Error);
        else if (kind == NonVoidResult) WriteArgument(ref writer, completion.Result);
    }

    private static void WriteClose(ref MessagePackWriter writer, CloseMessage close)
    {
        writer.WriteArrayHeader(3);
        writer.WriteInt64(Close);
        if (close.Error is { Length: > 0 } error) writer.WriteString(error);
        else writer.WriteNil();
        writer.WriteBoolean(close.AllowReconnect);
    }

    private static void Begin(ref MessagePackWriter writer, int items, int type, HubInvocationMessage message)
    {
        writer.WriteArrayHeader(items);
        writer.WriteInt64(type);
        writer.WriteMapHeader(message.Headers?.Count ?? 0);
        foreach ((string name, string value) in message.Headers ?? new Dictionary<string, string>())
        {
            writer.WriteString(name);
            writer.WriteString(value);
        }
    }

    private void WriteArgument(ref MessagePackWriter writer, object? argument)
    {
        switch (argument)
        {
            case null:
                writer.WriteNil();
                break;
            case LiveFrame frame:
                byte[] bytes = new byte[frame.Length];
                frame.CopyTo(bytes);
                writer.WriteBinary(bytes);
                break;
            default:
                MessagePackJson.Write(ref writer, JsonSerializer.SerializeToElement(argument, argument.GetType(), _json));
                break;
        }
    }

    private static void WriteLength(IBufferWriter<byte> output, int length) =>
        output.Advance(PutLength(output.GetSpan(MaxLengthBytes), length));

    /// <summary>Writes a length as a varint; returns how many bytes it takes.</summary>
    private static int PutLength(Span<byte> room, int length)
    {
        int used = 0;
        uint rest = (uint)length;
        do
        {
            room[used++] = (byte)((rest & 0x7f) | (rest > 0x7f ? 0x80u : 0));
            rest >>= 7;
        }
        while (rest > 0);
        return used;
    }
}
