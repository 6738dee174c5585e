using Arda.Gateway.Accounts;
using Arda.Gateway.Http;

namespace Arda.Gateway;

/// <summary>
/// What a person at the terminal sees. The operator's token is shown once, at the very first start;
/// the demo, which is for this machine alone, shows all it has made and how to use it.
/// </summary>
internal sealed class FirstStart(
    Settings settings,
    OperatorTokens tokens,
    Demo demo,
    IHostApplicationLifetime lifetime,
    Microsoft.AspNetCore.Hosting.Server.IServer server,
    IConfiguration configuration,
    EdgeOptions edge
) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var operatorToken = await tokens.MakeFirstAsync();
        if (!settings.Demo)
        {
            if (operatorToken is not null)
            {
                await Console.Out.WriteLineAsync(
                    $"""
                    The operator's token, shown this once; the arda command line reads it from
                    ARDA_ADMIN_TOKEN:

                      {operatorToken}

                    """
                );
            }

            return;
        }

        var made = await demo.PrepareAsync(operatorToken, cancellationToken);
        lifetime.ApplicationStarted.Register(() =>
        {
            var ready = made with { BaseUrl = BaseUrl() };
            demo.Save(ready);
            Console.Out.WriteLine(Demo.Describe(ready));
        });
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Where it really listens, unless the operator says how it is reached.
    private string BaseUrl() =>
        configuration["PublicUrl"] is not null
            ? edge.PublicUrl
            : server
                .Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()
                ?.Addresses.FirstOrDefault()
                ?? edge.PublicUrl;
}
