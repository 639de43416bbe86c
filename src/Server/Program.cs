using Tracking.Server.Commands;

return await Root.RunAsync(args).ConfigureAwait(false);
