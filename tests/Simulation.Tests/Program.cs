using System.Globalization;
using Tracking.Simulation.Tests;

if (args is ["soak", ..]) return Soak.Start(args);
if (args is ["replay", var seed]) return Soak.Replay(ulong.Parse(seed, CultureInfo.InvariantCulture));
return args.Any(a => a is "-automated" or "@@")
    ? await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args)
    : await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
