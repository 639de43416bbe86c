using Microsoft.Playwright;

namespace Tracking.EndToEnd.Tests;

/// <summary>The demo in a real Chromium: people on the map, alerts beside it, the team's reports, both languages, nothing from outside.</summary>
public sealed class ConsoleTests
{
    private static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    [Theory]
    [InlineData(1440, 900, "en-GB", ColorScheme.Light, "Alerts")]
    [InlineData(1440, 900, "zh-CN", ColorScheme.Dark, "告警")]
    [InlineData(390, 844, "zh-CN", ColorScheme.Light, "告警")]
    [InlineData(2560, 1440, "en-GB", ColorScheme.Dark, "Alerts")]
    public async Task The_console_shows_people_alerts_and_reports(int width, int height, string locale, ColorScheme colors, string alertsTitle)
    {
        await using ServerProcess server = await ServerProcess.StartDemoAsync();
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = Arguments });
        IPage page = await browser.NewPageAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            Locale = locale,
            ColorScheme = colors,
        });
        var complaints = new List<string>();
        page.PageError += (_, error) => complaints.Add(error);
        page.Console += (_, message) => { if (message.Type == "error") complaints.Add(message.Text); };
        page.Request += (_, request) => { if (IsForeign(request.Url, server.Http)) complaints.Add("asked for " + request.Url); };

        await page.GotoAsync(server.SignIn!.ToString());
        await page.Locator(".map canvas").First.WaitForAsync();
        await page.Locator(".row").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await page.GetByText(alertsTitle).First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        byte[] picture = await Api.UntilAsync(() => page.ScreenshotAsync(), p => p.Length > width * height / 40, "a map that is not blank");

        await page.Keyboard.PressAsync("r");
        await page.Locator(".reports tbody tr").First.WaitForAsync();

        Assert.Empty(complaints);
        Assert.NotEmpty(picture);
    }

    private static bool IsForeign(string url, Uri server) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" or "ws" or "wss" && address.Authority != server.Authority;
}
