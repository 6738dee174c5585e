using System.CommandLine;
using Arda.Gateway.Cli;

var root = new RootCommand(
    """
    Talks to an Arda Gateway over HTTP.

    Exit codes: 0 done; 1 a check failed (ledger, signature); 2 wrong usage or no credential;
    3 the gateway refused; 4 the user has to act (balance, limit, payment); 5 try again later
    (gateway unreachable, busy, or its provider down); 130 interrupted.
    """
)
{
    LoginCommand.Make(),
    LogoutCommand.Make(),
    ChatCommand.Make(),
    ModelsCommand.Make(),
    BalanceCommand.Make(),
    GenerationCommand.Make(),
    LedgerCommand.Make(),
    ProvidersCommand.Make(),
    PaymentsCommand.Make(),
    AppReviewCommand.Make(),
};
GlobalFlags.AddTo(root);
return await CommandRun.RunAsync(root, args);
