using System.Globalization;
using Arda.Gateway.Accounts;
using Arda.Gateway.Http;

namespace Arda.Gateway;

/// <summary>
/// What a person at the terminal sees. The operator's token is shown once, at the very first start;
/// so is the link that makes the first person an operator. The demo, which is for this machine alone,
/// shows all it has made and how to use it.
/// </summary>
internal sealed partial class FirstStart(
    Settings settings,
    OperatorTokens tokens,
    Invitations invitations,
    Mailer mailer,
    ILogger<FirstStart> log,
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
        if (await invitations.MakeFirstAsync() is { } invitation)
        {
            // When the address is known; after whatever else is shown at the start.
            lifetime.ApplicationStarted.Register(() => Console.Out.WriteLine(Describe(invitation)));
        }

        if (!mailer.CanSend)
        {
            LogNoMail(log);
        }

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

    private string Describe(Invitation invitation) =>
        $"""

            To become this gateway's operator, open this link and sign in. It counts once, until
            {invitation.ExpiresAt.ToString("u", CultureInfo.InvariantCulture)}:

              {BaseUrl()}{invitation.Path}

            """;

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "No mail server is configured, so nobody can sign in by a code. Set "
            + "Mail:Smtp:Host and Mail:From."
    )]
    private static partial void LogNoMail(ILogger log);

    // Where it really listens, unless the operator says how it is reached.
    private string BaseUrl() =>
        configuration["PublicUrl"] is not null
            ? edge.PublicUrl
            : server
                .Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()
                ?.Addresses.FirstOrDefault()
                ?? edge.PublicUrl;
}
