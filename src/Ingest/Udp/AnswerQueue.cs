using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Ingest.Udp;

/// <summary>
/// Sealed answers that wait for the disk. The queue is bounded; when it is full the answers of a burst are dropped, and their
/// devices send again, which is harmless.
/// </summary>
internal sealed class AnswerQueue(Socket socket, Counter sent, Counter dropped)
{
    private readonly Channel<Burst> _bursts = Channel.CreateBounded<Burst>(new BoundedChannelOptions(1024) { SingleReader = true, SingleWriter = true });
    private readonly Socket _socket = socket;

    /// <summary>The answers of one burst of datagrams.</summary>
    internal sealed class Burst
    {
        private readonly List<(SocketAddress To, byte[] Datagram)> _answers = [];

        public JournalTicket? Ticket { get; set; }

        public int Count => _answers.Count;

        public (SocketAddress To, byte[] Datagram) this[int index] => _answers[index];

        public void Add(SocketAddress from, byte[] datagram)
        {
            var to = new SocketAddress(from.Family, from.Size);
            from.Buffer.Span[..from.Size].CopyTo(to.Buffer.Span);
            _answers.Add((to, datagram));
        }
    }

    public void Enqueue(Burst burst)
    {
        if (!_bursts.Writer.TryWrite(burst)) dropped.Add(burst.Count);
    }

    public void Complete() => _bursts.Writer.TryComplete();

    /// <summary>Sends until the queue is completed and empty.</summary>
    public async Task RunAsync()
    {
        await foreach (Burst burst in _bursts.Reader.ReadAllAsync())
        {
            bool isDurable = burst.Ticket is not { } ticket || await ticket.WhenDurableAsync();
            for (int i = 0; i < burst.Count && isDurable; i++) Send(burst[i].To, burst[i].Datagram);
        }
    }

    private void Send(SocketAddress to, byte[] datagram)
    {
        try
        {
            _socket.SendTo(datagram, SocketFlags.None, to);
            sent.Add();
        }
        catch (SocketException)
        {
            // Nobody can be reached there any more; the device will ask again from where it is.
            dropped.Add();
        }
    }
}
