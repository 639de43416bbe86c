using System.Diagnostics.CodeAnalysis;

namespace Tracking.Contracts.MessagePack;

/// <summary>The kind of a MessagePack value, whatever its width on the wire.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "The names are those of the MessagePack specification.")]
public enum MessagePackType : byte
{
    /// <summary>No value: the input is at its end, or the byte is the one that the format never uses (0xc1).</summary>
    None,
    /// <summary>Nil.</summary>
    Nil,
    /// <summary>True or false.</summary>
    Boolean,
    /// <summary>An integer of up to 64 bits, with or without sign.</summary>
    Integer,
    /// <summary>A float of 32 or 64 bits.</summary>
    Float,
    /// <summary>UTF-8 text.</summary>
    String,
    /// <summary>Bytes.</summary>
    Binary,
    /// <summary>An array.</summary>
    Array,
    /// <summary>A map.</summary>
    Map,
    /// <summary>An extension; -1 is a timestamp.</summary>
    Extension,
}
