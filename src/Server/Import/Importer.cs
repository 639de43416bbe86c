using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Tracking.Server.Import;

/// <summary>What an import did.</summary>
internal sealed class ImportResult
{
    /// <summary>Fixes that the server has on disk.</summary>
    public long Accepted { get; set; }

    /// <summary>Lines that could not be used, in the file or by the server.</summary>
    public long Bad { get; set; }
}

/// <summary>Hands the fixes of a file to a server, by the same door as every device.</summary>
internal sealed class Importer(HttpClient http, string deviceId, string credential, Action<string> report)
{
    private const int BatchSize = 1000;
    private const int MostAttempts = 8;
    private readonly List<ImportRow> _batch = [];
    private readonly ArrayBufferWriter<byte> _body = new(256 * BatchSize);

    /// <summary>Imports one file.</summary>
    /// <param name="path">The file; its name decides the format.</param>
    /// <param name="result">Is added to.</param>
    /// <param name="progress">Told the share of the file done, 0 to 1.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task ImportAsync(string path, ImportResult result, Action<double>? progress, CancellationToken cancel)
    {
        await using FileStream file = File.OpenRead(path);
        foreach (ImportRow row in TrackFile.Read(path, file))
        {
            if (row.Problem is not null) Tell(result, path, row.Line, row.Problem);
            else _batch.Add(row);
            if (_batch.Count < BatchSize) continue;
            await SendAsync(path, result, cancel);
            progress?.Invoke(file.Length == 0 ? 1 : (double)file.Position / file.Length);
        }
        if (_batch.Count > 0) await SendAsync(path, result, cancel);
        progress?.Invoke(1);
    }

    private void Tell(ImportResult result, string path, long line, string problem)
    {
        result.Bad++;
        report($"{path}:{line}: {problem}");
    }

    private async Task SendAsync(string path, ImportResult result, CancellationToken cancel)
    {
        WriteBody();
        for (int attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/fixes") { Content = new ReadOnlyMemoryContent(_body.WrittenMemory) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential);
            using HttpResponseMessage answer = await http.SendAsync(request, cancel);
            if (answer.IsSuccessStatusCode)
            {
                await CountAsync(path, result, answer, cancel);
                break;
            }
            if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests) || attempt == MostAttempts)
                throw new Complaint($"{path}: the server answers {(int)answer.StatusCode}: {await Problem(answer, cancel)}");
            await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(attempt), cancel);
        }
        _batch.Clear();
    }

    private async Task CountAsync(string path, ImportResult result, HttpResponseMessage answer, CancellationToken cancel)
    {
        using JsonDocument document = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancel), cancellationToken: cancel);
        result.Accepted += document.RootElement.GetProperty("accepted").GetInt64();
        if (!document.RootElement.TryGetProperty("unusable", out JsonElement unusable)) return;
        foreach (JsonElement one in unusable.EnumerateArray())
            Tell(result, path, _batch[one.GetProperty("index").GetInt32()].Line, one.GetProperty("reason").GetString() ?? "unusable");
    }

    private static async Task<string> Problem(HttpResponseMessage answer, CancellationToken cancel)
    {
        string body = await answer.Content.ReadAsStringAsync(cancel);
        return body.Length is 0 or > 500 ? answer.ReasonPhrase ?? "" : body;
    }

    private void WriteBody()
    {
        _body.ResetWrittenCount();
        using var json = new Utf8JsonWriter(_body);
        json.WriteStartArray();
        foreach (ImportRow row in _batch) Write(json, row.Fix!.Value);
        json.WriteEndArray();
    }

    private void Write(Utf8JsonWriter json, in ImportFix fix)
    {
        json.WriteStartObject();
        json.WriteString("deviceId", deviceId);
        json.WriteNumber("fixedAt", fix.FixedAt.EpochMs);
        json.WriteNumber("latitude", fix.Position.LatitudeDeg);
        json.WriteNumber("longitude", fix.Position.LongitudeDeg);
        Known(json, "altitudeM", fix.AltitudeM);
        Known(json, "speedMps", fix.SpeedMps);
        Known(json, "courseDeg", fix.CourseDeg);
        Known(json, "accuracyM", fix.AccuracyM);
        Known(json, "batteryPct", fix.BatteryPct);
        json.WriteEndObject();
    }

    private static void Known(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
    }
}
