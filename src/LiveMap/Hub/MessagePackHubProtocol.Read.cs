using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Tracking.Contracts.MessagePack;

namespace Tracking.LiveMap.Hub;

internal sealed partial class MessagePackHubProtocol
{
    private const int MaxHeaders = 64;
    private const int MaxStreams = 64;

    /// <summary>Reads a message; null: of a type that is to be ignored.</summary>
    /// <exception cref="InvalidDataException">The message is malformed, which ends the connection.</exception>
    private HubMessage? Parse(ReadOnlySpan<byte> payload, IInvocationBinder binder)
    {
        var reader = new MessagePackReader(payload);
        if (!reader.TryReadArrayHeader(out int items) || !reader.TryReadInt32(out int type)) throw Malformed("type");
        return type switch
        {
            Invocation or StreamInvocation => ParseInvocation(ref reader, items, type, binder),
            StreamItem => ParseStreamItem(ref reader, binder),
            Completion => ParseCompletion(ref reader, items, binder),
            CancelInvocation => ParseCancel(ref reader),
            Ping => PingMessage.Instance,
            Close => ParseClose(ref reader, items),
            Ack => new AckMessage(ReadWhole(ref reader)),
            Sequence => new SequenceMessage(ReadWhole(ref reader)),
            _ => null,
        };
    }

    private HubInvocationMessage ParseInvocation(ref MessagePackReader reader, int items, int type, IInvocationBinder binder)
    {
        Dictionary<string, string>? headers = ReadHeaders(ref reader);
        // An empty id means none.
        string? id = ReadTextOrNil(ref reader, "invocationId") is { Length: > 0 } given ? given : null;
        if (type == StreamInvocation && id is null) throw Malformed("invocationId");
        string target = ReadText(ref reader, "target");
        object?[] arguments;
        try
        {
            arguments = ReadArguments(ref reader, binder.GetParameterTypes(target));
        }
        catch (Exception error) when (IsUnfit(error))
        {
            // The caller is told, and the connection lives on: the length has already said where the message ends.
            return WithHeaders(new InvocationBindingFailureMessage(id, target, ExceptionDispatchInfo.Capture(error)), headers);
        }
        string[]? streams = items > 5 ? ReadStreams(ref reader) : null;
        return type == Invocation
            ? WithHeaders(new InvocationMessage(id, target, arguments, streams), headers)
            : WithHeaders(new StreamInvocationMessage(id!, target, arguments, streams), headers);
    }

    private HubMessage ParseStreamItem(ref MessagePackReader reader, IInvocationBinder binder)
    {
        Dictionary<string, string>? headers = ReadHeaders(ref reader);
        string id = ReadText(ref reader, "invocationId");
        try
        {
            return WithHeaders(new StreamItemMessage(id, ReadArgument(ref reader, binder.GetStreamItemType(id))), headers);
        }
        catch (Exception error) when (IsUnfit(error))
        {
            return new StreamBindingFailureMessage(id, ExceptionDispatchInfo.Capture(error));
        }
    }

    private CompletionMessage ParseCompletion(ref MessagePackReader reader, int items, IInvocationBinder binder)
    {
        Dictionary<string, string>? headers = ReadHeaders(ref reader);
        string id = ReadText(ref reader, "invocationId");
        long kind = ReadWhole(ref reader);
        if (kind == ErrorResult) return WithHeaders(CompletionMessage.WithError(id, ReadText(ref reader, "error")), headers);
        if (kind == VoidResult) return WithHeaders(CompletionMessage.Empty(id), headers);
        if (kind != NonVoidResult || items < 5) throw Malformed("result");
        try
        {
            return WithHeaders(CompletionMessage.WithResult(id, ReadArgument(ref reader, binder.GetReturnType(id))), headers);
        }
        catch (Exception error) when (IsUnfit(error))
        {
            return WithHeaders(CompletionMessage.WithError(id, "The result is of another type."), headers);
        }
    }

    private static CancelInvocationMessage ParseCancel(ref MessagePackReader reader)
    {
        Dictionary<string, string>? headers = ReadHeaders(ref reader);
        return WithHeaders(new CancelInvocationMessage(ReadText(ref reader, "invocationId")), headers);
    }

    private static CloseMessage ParseClose(ref MessagePackReader reader, int items)
    {
        string? error = items > 1 ? ReadTextOrNil(ref reader, "error") : null;
        bool mayReconnect = false;
        if (items > 2 && !reader.TryReadBoolean(out mayReconnect)) throw Malformed("allowReconnect");
        return new(error, mayReconnect);
    }

    private object?[] ReadArguments(ref MessagePackReader reader, IReadOnlyList<Type> types)
    {
        if (!reader.TryReadArrayHeader(out int count)) throw Malformed("arguments");
        if (count != types.Count) throw new InvalidDataException($"The call has {count} arguments, but the method takes {types.Count}.");
        object?[] arguments = new object?[count];
        for (int i = 0; i < count; i++) arguments[i] = ReadArgument(ref reader, types[i]);
        return arguments;
    }

    private object? ReadArgument(ref MessagePackReader reader, Type type)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            if (!MessagePackJson.TryRead(ref reader, json)) throw Malformed("argument");
        return JsonSerializer.Deserialize(buffer.WrittenSpan, type, _json);
    }

    private static string[] ReadStreams(ref MessagePackReader reader)
    {
        if (!reader.TryReadArrayHeader(out int count) || count > MaxStreams) throw Malformed("streamIds");
        string[] streams = new string[count];
        for (int i = 0; i < count; i++) streams[i] = ReadText(ref reader, "streamIds");
        return streams;
    }

    private static Dictionary<string, string>? ReadHeaders(ref MessagePackReader reader)
    {
        if (!reader.TryReadMapHeader(out int count) || count > MaxHeaders) throw Malformed("headers");
        if (count == 0) return null;
        Dictionary<string, string> headers = new(count, StringComparer.Ordinal);
        for (; count > 0; count--) headers[ReadText(ref reader, "headers")] = ReadText(ref reader, "headers");
        return headers;
    }

    private static string? ReadTextOrNil(ref MessagePackReader reader, string field) => reader.TryReadNil() ? null : ReadText(ref reader, field);

    private static string ReadText(ref MessagePackReader reader, string field) =>
        reader.TryReadString(out ReadOnlySpan<byte> utf8) ? Encoding.UTF8.GetString(utf8) : throw Malformed(field);

    private static long ReadWhole(ref MessagePackReader reader) => reader.TryReadInt64(out long value) ? value : throw Malformed("number");

    private static TMessage WithHeaders<TMessage>(TMessage message, Dictionary<string, string>? headers) where TMessage : HubInvocationMessage
    {
        message.Headers = headers;
        return message;
    }

    /// <summary>Whether an exception tells that arguments do not fit, rather than that something is broken.</summary>
    private static bool IsUnfit(Exception error) =>
        error is JsonException or NotSupportedException or InvalidDataException or InvalidOperationException or HubException or ArgumentException;

    private static InvalidDataException Malformed(string field) => new($"The message is malformed: {field}.");
}
