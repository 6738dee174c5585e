using Arda.Gateway;
using Arda.Gateway.Accounts;
using Arda.Gateway.Billing;
using Arda.Gateway.Catalog;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Http.Logs;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Inference;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.OAuth;
using Arda.Gateway.Pages;
using Arda.Gateway.Payments;
using Arda.Gateway.Providers;

BatchScheduling.Ask();
try
{
    await Program.Build(args).RunAsync();
    return 0;
}
catch (Exception mistake) when (Startup.IsOfTheOperator(mistake))
{
    await Console.Error.WriteLineAsync(mistake.Message);
    return 2;
}

internal sealed partial class Program
{
    internal static WebApplication Build(
        string[] args,
        Action<WebApplicationBuilder>? adjust = null
    )
    {
        Startup.WatchNoFiles();
        var builder = WebApplication.CreateSlimBuilder(Settings.WithValues(args));
        var settings = Settings.Read(builder.Configuration);
        var catalog = ModelCatalog.Load(settings.ConfigPath);

        builder.AddLogs(isForPeople: settings.Demo);
        var edge = builder.AddEdge(Wiring.OriginApprovalOf);
        builder.AddTelemetry(edge);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(catalog);
        builder.Services.AddStore(settings);
        builder.Services.AddAccounts(builder.Configuration);
        builder.Services.AddKeys(KeyOptions.Read(builder.Configuration));
        var ledger = LedgerSetup.ReadOptions(builder.Configuration, settings.Node);
        builder.Services.AddLedger(
            ledger,
            () => LedgerSetup.ReadReceiptKeys(builder.Configuration, settings.DataDirectory)
        );
        builder.Services.AddPayments(
            PaymentsOptions.Read(builder.Configuration, edge, ledger.Currency),
            Wiring.PaymentMailDoorOf
        );
        builder.Services.AddPaymentWorkers();
        builder.Services.AddProviders(builder.Configuration, catalog);
        builder.Services.AddInference(builder.Configuration);
        builder.Services.AddDevelopers(builder.Configuration);
        builder.Services.AddOAuth(builder.Configuration, settings.DataDirectory);
        builder.Services.AddBilling();
        builder.Services.AddPages();
        builder.Services.AddFirstStart();
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UseEdge();
        app.MapHealth();
        app.MapMetrics(Wiring.IsOperatorAsync);
        app.MapRooms();
        Wiring.Connect(app.Services);
        return app;
    }
}
