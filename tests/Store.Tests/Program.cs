using Tracking.Store.Tests;

if (args is ["child", var work, var folder]) return await ChildWork.RunAsync(work, folder);
return args.Any(a => a is "-automated" or "@@")
    ? await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args)
    : await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
