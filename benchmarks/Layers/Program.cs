using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Tracking.Layers;

if (args is ["silo", .. string[] what]) return await SiloMeasurement.RunAsync(what);
if (args is ["geofences", .. string[] geofences]) return GeofenceMeasurement.Run(geofences);
if (args is ["store", .. string[] store]) return await StoreMeasurement.RunAsync(store);
if (args is ["postgres", .. string[] postgres]) return await PostgresMeasurement.RunAsync(postgres);
// In this process: the generated project of another one would not find the central package versions.
IConfig config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
return 0;
