using System.Diagnostics;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.House;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>Prices over time: a mistyped one never starts, and a request ends at the price that it
/// began at.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("\"input\": 0.5,", "7", "\"0.5\"")]
    [InlineData("\"input\": \"0,5\",", "7", "\"0.5\"")]
    [InlineData("\"input\": \"-1\",", "7", "negative")]
    [InlineData("\"input\": \"2500\",", "7", "confirm_price")]
    [InlineData("\"input\": 0,5,", "7", "look for a missing quote")]
    [InlineData("\"input\": $1,", "7", "look for a missing quote")]
    [InlineData("\"input\": \"1\", \"input\": \"2\",", "7", "keep one of them")]
    [InlineData("\"inptu\": \"1\", \"input\": \"1\",", "7", "input")]
    public async Task A_mistyped_price_stops_the_start_with_its_line_and_the_way_out(
        string input,
        string line,
        string way
    )
    {
        var data = Directory.CreateTempSubdirectory("arda-start-");
        try
        {
            var file = Path.Combine(data.FullName, "arda.json");
            await File.WriteAllTextAsync(file, CatalogWith(input), Ct);

            var (code, error) = await RunAsync(data.FullName, file);

            Assert.Equal(2, code);
            Assert.Contains($"arda.json:{line}:", error, StringComparison.Ordinal);
            Assert.Contains(way, error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(null, "'config'", "a file that is there")]
    [InlineData("", "arda.json:1:", "this is not JSON")]
    [InlineData("[]", "arda.json:1:", "write { … }")]
    [InlineData("""{"Http": {}, "http": {"a": "1"}, "Http": {}}""", "arda.json:1:", "keep one")]
    [InlineData("""{"Keys": {"A": "1"}, "keys": {"a": "2"}}""", "'keys:a'", "in one spelling")]
    public async Task A_file_that_cannot_be_read_stops_the_start_with_the_way_out(
        string? text,
        string what,
        string way
    )
    {
        var data = Directory.CreateTempSubdirectory("arda-start-");
        try
        {
            var file = Path.Combine(data.FullName, "arda.json");
            if (text is not null)
            {
                await File.WriteAllTextAsync(file, text, Ct);
            }

            var (code, error) = await RunAsync(data.FullName, file);

            Assert.Equal(2, code);
            Assert.Contains(what, error, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(way, error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_request_that_runs_into_a_new_price_ends_at_the_old_one()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var clock = new ShiftedClock();
        var midnight = new DateTimeOffset(clock.GetUtcNow().UtcDateTime.Date.AddDays(2), default);
        var catalog = $$$"""
            {"catalog":{
              "providers":[{"id":"first","name":"F","base_url":"{{{upstream.Address}}}/first","auth":"none"}],
              "models":[{"id":"m","name":"M","vendor":"v","type":"language","context_window":1000,
               "input":["text"],"auto_route":false,
               "offers":[{"provider":"first","upstream_id":"m","protocols":["openai.chat"],
                "price":{"input":"1","output":"4","schedule":[{"effective_from":"{{{midnight:yyyy-MM-dd}}}","input":"10","output":"40"}]} }]}]} }
            """;
        await using var host = await GatewayHost.StartAsync(
            new GatewayHostOptions
            {
                Catalog = catalog,
                Adjust = builder => builder.Services.AddSingleton<TimeProvider>(clock),
            }
        );
        clock.SetTo(midnight.AddMinutes(-1));
        upstream.On(
            "first",
            "m",
            http =>
            {
                clock.SetTo(midnight.AddMinutes(1));
                return Answers.Chat(http, stream: false);
            }
        );

        var first = await CostAsync(host);
        var second = await CostAsync(host);

        Assert.Equal(0.00003m, first);
        Assert.Equal(0.0003m, second);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<decimal> CostAsync(GatewayHost host)
    {
        using var sent = await host.PostAsync(Ask.Chat, Ask.For(Ask.Chat, "m").ToJsonString());
        var answer = await PaidAnswer.ReadAsync(sent);
        return (decimal)answer.Expect(200).Json["usage"]!["cost"]!;
    }

    private static string CatalogWith(string input) =>
        $$"""
            {"catalog": {
              "providers": [{"id":"p","name":"P","base_url":"http://127.0.0.1:9/v1","auth":"none"}],
              "models": [{"id":"m","name":"M","vendor":"v","type":"language",
                "context_window": 1000, "input": ["text"],
                "offers": [{"provider":"p","upstream_id":"m","protocols":["openai.chat"],
                  "price": {
                    {{input}}
                    "output": "2" } }]}]} }
            """;

    private static async Task<(int Code, string Error)> RunAsync(string data, string file)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(
            Checkout.Root,
            "src",
            "Gateway",
            "bin",
            output.Parent!.Name,
            output.Name,
            "Arda.Gateway.dll"
        );
        var start = new ProcessStartInfo(
            "dotnet",
            [program, "--demo", "--urls=http://127.0.0.1:0", $"--data={data}", $"--config={file}"]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var told = process.StandardOutput.ReadToEndAsync(Ct);
            var error = await process.StandardError.ReadToEndAsync(Ct);
            await process.WaitForExitAsync(Ct).WaitAsync(TimeSpan.FromSeconds(30), Ct);
            await told;
            return (process.ExitCode, error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Runs like the real one, from another day on.</summary>
    private sealed class ShiftedClock : TimeProvider
    {
        private long _shift;

        public void SetTo(DateTimeOffset now) =>
            Volatile.Write(ref _shift, (now - base.GetUtcNow()).Ticks);

        public override DateTimeOffset GetUtcNow() =>
            base.GetUtcNow().AddTicks(Volatile.Read(ref _shift));
    }
}
