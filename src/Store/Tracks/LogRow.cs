namespace Tracking.Store.Tracks;

/// <summary>
/// The form of a log row: all that one checkpoint brings, one after the other. A part is a kind, a rep, lengths and bytes.
/// </summary>
internal static class LogRow
{
    private const byte FixesPart = 1, StatePart = 2;

    public static void WriteFixes(ByteBuffer to, int rep, ReadOnlySpan<StoredFix> fixes, ChunkWriter writer, ByteBuffer scratch)
    {
        scratch.Clear();
        writer.Write(scratch, fixes);
        int chunkBytes = scratch.Length;
        ChunkWriter.WriteAttributes(scratch, fixes);
        to.Byte(FixesPart);
        to.Varint((uint)rep);
        to.Varint((uint)chunkBytes);
        to.Varint((uint)(scratch.Length - chunkBytes));
        to.Bytes(scratch.Written);
    }

    public static void WriteState(ByteBuffer to, int rep, ReadOnlySpan<byte> state)
    {
        to.Byte(StatePart);
        to.Varint((uint)rep);
        to.Varint((uint)state.Length);
        to.Bytes(state);
    }

    /// <summary>Reads a row into a memtable.</summary>
    /// <param name="from">The row's bytes.</param>
    /// <param name="doneRep">Reps up to and including this one are in the tables already.</param>
    /// <param name="reader">Reads the chunks.</param>
    /// <param name="to">Takes the parts.</param>
    public static void Read(ReadOnlySpan<byte> from, int doneRep, ChunkReader reader, Memtable to)
    {
        var fixes = new List<StoredFix>();
        int at = 0;
        while (at < from.Length)
        {
            byte part = from[at++];
            int rep = (int)Varint.Read(from, ref at);
            int bytes = (int)Varint.Read(from, ref at);
            if (part == FixesPart)
            {
                int attributeBytes = (int)Varint.Read(from, ref at);
                if (rep > doneRep)
                {
                    fixes.Clear();
                    reader.Read(from.Slice(at, bytes), from.Slice(at + bytes, attributeBytes), fixes);
                    to.AddFixes(rep, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fixes));
                }
                at += attributeBytes;
            }
            else if (part != StatePart)
            {
                throw new InvalidDataException("A row of the track store's log has an unknown form.");
            }
            else if (rep > doneRep)
            {
                to.SetState(rep, from.Slice(at, bytes));
            }
            at += bytes;
        }
    }
}
