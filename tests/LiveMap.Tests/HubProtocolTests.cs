using System.Buffers;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;
using Tracking.Contracts.Api;
using Tracking.Contracts.MessagePack;
using Tracking.LiveMap.Frames;
using Tracking.LiveMap.Hub;

namespace Tracking.LiveMap.Tests;

public class HubProtocolTests
{
    private static readonly MessagePackHubProtocol Protocol = new(Options.Create(new JsonHubProtocolOptions()));

    public static TheoryData<HubMessage> Messages => [
        new InvocationMessage("7", "Watch", [new WatchRequest([1.5, 2, 3, 4], 13)]),
        new InvocationMessage(null, "Watch", [null], ["s"]),
        new StreamInvocationMessage("8", "Watch", [new WatchRequest(Rep: "r", Group: "grün")]),
        new StreamItemMessage("9", new WatchRequest(Zoom: 12)),
        CompletionMessage.WithError("1", "no"), CompletionMessage.Empty("2"), CompletionMessage.WithResult("3", new WatchRequest(Rep: "x")),
        new CancelInvocationMessage("4"), PingMessage.Instance, new CloseMessage("bye", true), new AckMessage(5), new SequenceMessage(1L << 40)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Every_message_is_read_as_it_was_written_whole_or_in_pieces(HubMessage message)
    {
        byte[] bytes = Protocol.GetMessageBytes(message).ToArray();
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            ReadOnlySequence<byte> input = Split(bytes, cut);
            Assert.True(Protocol.TryParseMessage(ref input, new Binder(), out HubMessage? read));
            Assert.Equal(0, input.Length);
            Assert.Equal(bytes, Protocol.GetMessageBytes(read).ToArray());
            ReadOnlySequence<byte> part = new(bytes, 0, cut);
            if (cut < bytes.Length) Assert.False(Protocol.TryParseMessage(ref part, new Binder(), out _));
        }
    }

    [Fact]
    public void Mutated_messages_are_refused_or_read_and_nothing_else()
    {
        var random = new Random(20261122);
        byte[][] corpus = [.. Messages.Select(row => Protocol.GetMessageBytes(row.Data).ToArray())];
        for (int round = 0; round < 50_000; round++)
        {
            byte[] bytes = [.. corpus[random.Next(corpus.Length)]];
            for (int i = random.Next(1, 4); i > 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var input = new ReadOnlySequence<byte>(bytes);
            try
            {
                while (Protocol.TryParseMessage(ref input, new Binder(), out _)) { }
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Fact]
    public void An_unknown_type_is_passed_over_and_a_call_that_does_not_fit_is_told()
    {
        byte[] bytes = [3, 0x92, 99, 0xc0, .. Protocol.GetMessageBytes(new InvocationMessage("1", "Watch", [5, 6])).Span];
        var input = new ReadOnlySequence<byte>(bytes);
        Assert.True(Protocol.TryParseMessage(ref input, new Binder(), out HubMessage? message));
        Assert.Equal("1", Assert.IsType<InvocationBindingFailureMessage>(message).InvocationId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(300)]
    [InlineData(5000)]
    public void A_frame_is_spliced_into_its_message_in_one_piece(int rows)
    {
        var frame = new LiveFrame(FrameKind.Positions, 1, 2, [FrameBlock.OfRows(new Row[rows], 3)]);
        byte[] bytes = Protocol.GetMessageBytes(new InvocationMessage("Positions", [frame])).ToArray();
        byte[] bin = new byte[frame.Length];
        frame.CopyTo(bin);
        var reader = new MessagePackReader(bytes.AsSpan(bytes.Length - (int)Payload(bytes)));
        Assert.True(reader.TryReadArrayHeader(out int items) && items == 6);
        Assert.True(reader.TryReadInt32(out int type) && type == 1);
        Assert.True(reader.TryReadMapHeader(out _) && reader.TryReadNil() && reader.TryReadString(out _) && reader.TryReadArrayHeader(out _));
        Assert.True(reader.TryReadBinary(out ReadOnlySpan<byte> sent));
        Assert.Equal(bin, sent.ToArray());
        Assert.True(reader.TryReadArrayHeader(out int streams) && streams == 0 && reader.AtEnd);
    }

    /// <summary>The length before a message.</summary>
    private static long Payload(byte[] bytes)
    {
        long length = 0;
        for (int i = 0; ; i++)
        {
            length |= (long)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80) return length;
        }
    }

    private static ReadOnlySequence<byte> Split(byte[] bytes, int cut)
    {
        var first = new Segment(bytes.AsMemory(0, cut), 0);
        Segment last = first.Append(bytes.AsMemory(cut));
        return new(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    private sealed class Binder : IInvocationBinder
    {
        public Type GetReturnType(string invocationId) => typeof(WatchRequest);

        public IReadOnlyList<Type> GetParameterTypes(string methodName) => [typeof(WatchRequest)];

        public Type GetStreamItemType(string streamId) => typeof(WatchRequest);
    }
}
