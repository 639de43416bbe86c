using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Api;
using Tracking.LiveMap.Frames;
using Tracking.LiveMap.Http;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Reports;

/// <summary>Where a team was: cells of the map with counts and times, as JSON, GeoJSON and CSV.</summary>
internal sealed class CoverageEndpoints(Registry registry, RepDays days)
{
    private const int MaxDays = 92, MaxRepDays = 1000, MaxCells = 100_000, CoarsestZ = 4;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/reports/coverage", Guard.For(Need.Read, ReadAsync));

    private async Task ReadAsync(HttpContext context, Principal principal)
    {
        var query = new QueryReader(context);
        (DateOnly from, DateOnly to) = query.Days(MaxDays);
        string format = query.Text("format") ?? "json";
        string? group = query.Text("group")?.Trim('/');
        long zoom = query.Number("zoom") ?? MapCell.FinestZ;
        if (zoom is < CoarsestZ or > MapCell.FinestZ) query.Wrong("zoom", $"must lie between {CoarsestZ} and {MapCell.FinestZ}", query.Text("zoom")!);
        if (format is not ("json" or "geojson" or "csv")) query.Wrong("format", "must be json, geojson or csv", format);
        bool withMark = query.Flag("bom");
        if (await query.RefusedAsync()) return;
        if (!RepChoice.TryFind(registry, principal, query.Texts("rep"), group, out List<Rep> reps))
        {
            await Problem.NotFoundAsync(context, "rep");
            return;
        }
        int repDays = reps.Count * (to.DayNumber - from.DayNumber + 1);
        if (repDays > MaxRepDays) throw new TooMuchException($"These are {repDays} days of reps; ask for {MaxRepDays} at most: fewer days, a smaller group, or single reps.");
        Coverage coverage = await CountAsync(reps, from, to, (int)zoom, context.RequestAborted);
        if (format == "csv") await SendCsvAsync(context, coverage, withMark);
        else await Json.WriteAsync(context, json => Write(json, coverage, format == "geojson"), contentType: format == "geojson" ? "application/geo+json" : "application/json");
    }

    private async Task<Coverage> CountAsync(List<Rep> reps, DateOnly from, DateOnly to, int zoom, CancellationToken cancel)
    {
        Coverage? coverage = null;
        for (DateOnly date = from; date <= to; date = date.AddDays(1))
        {
            foreach (Rep rep in reps)
            {
                coverage ??= new Coverage(zoom, days.OptionsOf(rep).Stops.GapMinimum);
                var day = LocalDay.Of(date, rep.TimeZone);
                coverage.Add(rep.Key, await days.ReadFixesAsync(rep, day.Begin, day.End, cancel));
                if (coverage.Count > MaxCells) throw new TooMuchException($"More than {MaxCells} cells were visited; ask for a lower zoom.");
            }
        }
        return coverage ?? new Coverage(zoom, TimeSpan.FromMinutes(10));
    }

    private static async Task SendCsvAsync(HttpContext context, Coverage coverage, bool withMark)
    {
        var csv = new CsvText();
        csv.Head("cell", "west", "south", "east", "north", "fixes", "visits", "spentS", "reps");
        foreach ((MapCell cell, CellUse use) in coverage.Cells)
        {
            (double west, double south, double east, double north) = Coverage.BoundsOf(cell);
            csv.Cell($"{cell.Z}/{cell.X}/{cell.Y}").Cell(Math.Round(west, 7)).Cell(Math.Round(south, 7)).Cell(Math.Round(east, 7)).Cell(Math.Round(north, 7))
                .Cell(use.Fixes).Cell(use.Visits).Cell(use.SpentMs / 1000.0).Cell(use.Reps).EndRow();
        }
        CsvText.Begin(context, "coverage", withMark);
        await TrackEndpoints.FlushAsync(context, csv.Text);
    }

    private static void Write(Utf8JsonWriter json, Coverage coverage, bool asGeoJson)
    {
        json.WriteStartObject();
        if (asGeoJson) json.WriteString("type"u8, "FeatureCollection"u8);
        json.WriteStartArray(asGeoJson ? "features"u8 : "cells"u8);
        foreach ((MapCell cell, CellUse use) in coverage.Cells)
        {
            if (asGeoJson) WriteFeature(json, cell, use);
            else WriteCell(json, cell, use);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCell(Utf8JsonWriter json, MapCell cell, CellUse use)
    {
        (double west, double south, double east, double north) = Coverage.BoundsOf(cell);
        json.WriteStartObject();
        WriteProperties(json, cell, use);
        json.WriteStartArray("bounds"u8);
        foreach (double edge in (ReadOnlySpan<double>)[west, south, east, north]) json.WriteNumberValue(Math.Round(edge, 7));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFeature(Utf8JsonWriter json, MapCell cell, CellUse use)
    {
        (double west, double south, double east, double north) = Coverage.BoundsOf(cell);
        json.WriteStartObject();
        json.WriteString("type"u8, "Feature"u8);
        json.WriteStartObject("geometry"u8);
        json.WriteString("type"u8, "Polygon"u8);
        json.WriteStartArray("coordinates"u8);
        json.WriteStartArray();
        foreach ((double longitude, double latitude) in (ReadOnlySpan<(double, double)>)[(west, south), (east, south), (east, north), (west, north), (west, south)])
        {
            json.WriteStartArray();
            json.WriteNumberValue(Math.Round(longitude, 7));
            json.WriteNumberValue(Math.Round(latitude, 7));
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("properties"u8);
        WriteProperties(json, cell, use);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter json, MapCell cell, CellUse use)
    {
        json.WriteString("cell"u8, $"{cell.Z}/{cell.X}/{cell.Y}");
        json.WriteNumber("fixes"u8, use.Fixes);
        json.WriteNumber("visits"u8, use.Visits);
        json.WriteNumber("spentS"u8, use.SpentMs / 1000.0);
        json.WriteNumber("reps"u8, use.Reps);
    }
}
