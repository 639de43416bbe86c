using BenchmarkDotNet.Running;
using Tracking.Layers;

if (args is ["silo", .. string[] what]) return await SiloMeasurement.RunAsync(what);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
