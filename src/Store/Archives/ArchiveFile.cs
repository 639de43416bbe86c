using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracking.Store.Archives;

/// <summary>An archive cannot be written, read or used where it is to go; the message says why.</summary>
public sealed class ArchiveException : Exception
{
    /// <inheritdoc/>
    public ArchiveException() { }

    /// <inheritdoc/>
    public ArchiveException(string message) : base(message) { }

    /// <inheritdoc/>
    public ArchiveException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>What an archive holds; its last file, <c>manifest.json</c>.</summary>
/// <param name="Format">Always <see cref="FormatName"/>.</param>
/// <param name="Version">The form of the parts; a program reads those that it knows.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="From">From which kind of store, for people.</param>
/// <param name="Node">The node whose journal it holds.</param>
/// <param name="Parts">Every other file.</param>
internal sealed record ArchiveManifest(string Format, int Version, DateTimeOffset CreatedAt, string From, string Node, IReadOnlyList<ArchivePart> Parts)
{
    public const string FileName = "manifest.json", FormatName = "tracking-archive";

    public const int NewestVersion = 1;

    /// <summary>The part with a file name.</summary>
    /// <exception cref="ArchiveException">There is none.</exception>
    public ArchivePart PartOf(string file) => Parts.FirstOrDefault(p => p.File == file) ?? throw new ArchiveException($"The archive has no {file}.");
}

/// <summary>A part of an archive.</summary>
/// <param name="File">Its file in the archive.</param>
/// <param name="Count">How many rows, fixes or records.</param>
/// <param name="Sha256">Of the bytes as they were before they were packed; hexadecimal.</param>
internal sealed record ArchivePart(string File, long Count, string Sha256);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ArchiveManifest))]
internal sealed partial class ArchiveJson : JsonSerializerContext;

/// <summary>Computes a part's digest while it passes.</summary>
internal static class PartDigest
{
    /// <summary>Runs a function that writes a part, and hashes what it writes.</summary>
    /// <param name="to">Where the bytes go; closed at the end.</param>
    /// <param name="write">Writes, and tells how many rows.</param>
    /// <param name="file">The part's name.</param>
    public static ArchivePart Write(Stream to, string file, Func<Stream, long> write)
    {
        using SHA256 sha = SHA256.Create();
        long count;
        using (var hashing = new CryptoStream(to, sha, CryptoStreamMode.Write))
        using (var buffered = new BufferedStream(hashing, 256 << 10)) count = write(buffered);
        return new ArchivePart(file, count, Convert.ToHexStringLower(sha.Hash!));
    }

    /// <summary>The digest of a part that is written nowhere.</summary>
    public static ArchivePart Of(string file, Func<Stream, long> write) => Write(Stream.Null, file, write);
}

/// <summary>Writes an archive: a ZIP file whose parts come one after the other.</summary>
internal sealed class ArchiveWriter(Stream to) : IDisposable
{
    private readonly ZipArchive _zip = new(to, ZipArchiveMode.Create, leaveOpen: true);
    private readonly List<ArchivePart> _parts = [];

    /// <summary>Adds a part.</summary>
    public void Add(string file, Func<Stream, long> write) =>
        // Fixes are packed already.
        _parts.Add(PartDigest.Write(_zip.CreateEntry(file, file.EndsWith(".ndjson", StringComparison.Ordinal) ? CompressionLevel.Fastest : CompressionLevel.NoCompression).Open(), file, write));

    /// <summary>Writes the manifest.</summary>
    public void End(DateTimeOffset now, string from, string node)
    {
        using Stream entry = _zip.CreateEntry(ArchiveManifest.FileName).Open();
        JsonSerializer.Serialize(entry, new ArchiveManifest(ArchiveManifest.FormatName, ArchiveManifest.NewestVersion, now, from, node, _parts), ArchiveJson.Default.ArchiveManifest);
    }

    public void Dispose() => _zip.Dispose();
}

/// <summary>Reads an archive, and compares every part with the manifest.</summary>
internal sealed class ArchiveReader : IDisposable
{
    private readonly string _path;
    private readonly ZipArchive _zip;

    private ArchiveReader(string path, ZipArchive zip, ArchiveManifest manifest) => (_path, _zip, Manifest) = (path, zip, manifest);

    public ArchiveManifest Manifest { get; }

    /// <exception cref="ArchiveException">The file is no archive, is not whole, or is of a newer version.</exception>
    public static ArchiveReader Open(string path)
    {
        ZipArchive? zip = null;
        try
        {
            zip = ZipFile.OpenRead(path);
            ZipArchiveEntry entry = zip.GetEntry(ArchiveManifest.FileName) ?? throw new ArchiveException($"{path} is no archive of an installation: it has no {ArchiveManifest.FileName}.");
            using Stream stream = entry.Open();
            ArchiveManifest? manifest = JsonSerializer.Deserialize(stream, ArchiveJson.Default.ArchiveManifest);
            if (manifest is not { Format: ArchiveManifest.FormatName, Parts: not null, Node: not null }) throw new ArchiveException($"{path} is no archive of an installation.");
            if (manifest.Version != ArchiveManifest.NewestVersion)
                throw new ArchiveException($"{path} has version {manifest.Version}; this program reads version {ArchiveManifest.NewestVersion}. Use the program that wrote it, or a newer one.");
            return new ArchiveReader(path, zip, manifest);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or IOException or UnauthorizedAccessException or ArchiveException)
        {
            zip?.Dispose();
            throw e as ArchiveException ?? new ArchiveException($"{path} is no whole archive: {e.Message}", e);
        }
    }

    /// <summary>Reads a part to its end.</summary>
    /// <param name="file">Which.</param>
    /// <param name="read">Reads, and tells how many rows.</param>
    /// <exception cref="ArchiveException">The part is damaged, or has other rows than the manifest says.</exception>
    public long Read(string file, Func<Stream, long> read)
    {
        ArchivePart part = Manifest.PartOf(file);
        ZipArchiveEntry entry = _zip.GetEntry(file) ?? throw new ArchiveException($"{_path} has lost {file}.");
        try
        {
            using SHA256 sha = SHA256.Create();
            long count;
            using (var hashing = new CryptoStream(entry.Open(), sha, CryptoStreamMode.Read))
            using (var buffered = new BufferedStream(hashing, 256 << 10))
            {
                count = read(buffered);
                buffered.CopyTo(Stream.Null);
            }
            if (count == part.Count && Convert.ToHexStringLower(sha.Hash!) == part.Sha256) return count;
            throw new ArchiveException($"{_path}: {file} is damaged: it has {count} entries with another digest than the {part.Count} that were written.");
        }
        catch (InvalidDataException e)
        {
            throw new ArchiveException($"{_path}: {file} is damaged: {e.Message}", e);
        }
    }

    public void Dispose() => _zip.Dispose();
}
