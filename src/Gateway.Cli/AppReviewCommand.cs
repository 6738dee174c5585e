using System.CommandLine;
using System.Text.Json;

namespace Arda.Gateway.Cli;

/// <summary>The operator's word on apps: what waits, and yes or no.</summary>
internal static class AppReviewCommand
{
    private static readonly string[] s_columns =
    [
        "client_id",
        "name",
        "publisher_name",
        "verified_domain",
        "kind",
        "markup_bps",
        "status",
        "owner",
    ];

    private static readonly Option<string> s_status = new("--status")
    {
        Description =
            "pending, proposed (approved apps that want a change), approved, rejected or suspended",
        HelpName = "STATUS",
        DefaultValueFactory = _ => "pending",
    };

    private static readonly Option<string> s_clientId = new("--client-id")
    {
        Description = "The app, gw_app_…",
        HelpName = "ID",
        Required = true,
    };

    private static readonly Option<string> s_note = new("--note")
    {
        Description = "Why, for its developer to read",
        HelpName = "TEXT",
    };

    private static readonly Option<string> s_verifiedDomain = new("--verified-domain")
    {
        Description = "A domain that you have seen to be the publisher's; empty takes it away",
        HelpName = "DOMAIN",
    };

    public static Command Make()
    {
        var list = new Command("list", "Show the apps in one state") { s_status };
        list.SetAction(ListAsync);
        var show = new Command("show", "Show all that an app asks for") { s_clientId };
        show.SetAction(ShowAsync);
        var review = new Command("review", "Look at apps and decide on them")
        {
            list,
            show,
            Decision("approve", "Let everybody connect it, with what its developer proposes"),
            Decision("reject", "Refuse it; its developer may change it and ask again"),
            Decision("suspend", "Stop it: no new keys, and those there are may not spend"),
        };
        return new Command("app", "The apps of developers (operator)") { review };
    }

    private static Command Decision(string verb, string what)
    {
        var command = new Command(verb, what) { s_clientId, s_note, s_verifiedDomain };
        command.SetAction((parsed, ct) => DecideAsync(verb, parsed, ct));
        return command;
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken ct)
    {
        using var gateway = Gateway(parsed);
        var status = Uri.EscapeDataString(parsed.GetValue(s_status)!);
        var answer = await gateway.GetAsync("admin/apps?state=" + status, ct);
        if (GlobalFlags.WantsJson(parsed))
        {
            Console.Out.WriteLine(JsonText.Indented(answer));
        }
        else
        {
            RecordTable.Write(Console.Out, answer, s_columns);
        }

        return ExitCode.Done;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, CancellationToken ct)
    {
        using var gateway = Gateway(parsed);
        Console.Out.WriteLine(JsonText.Indented(await gateway.GetAsync(PathOf(parsed), ct)));
        return ExitCode.Done;
    }

    private static async Task<int> DecideAsync(
        string verb,
        ParseResult parsed,
        CancellationToken ct
    )
    {
        using var gateway = Gateway(parsed);
        var answer = await gateway.PostJsonForJsonAsync(
            PathOf(parsed) + "/review",
            DecisionJson(verb, parsed),
            ct
        );
        if (GlobalFlags.WantsJson(parsed))
        {
            Console.Out.WriteLine(JsonText.Indented(answer));
        }
        else
        {
            Console.Out.WriteLine(
                $"{answer.Text("name")} ({answer.Text("client_id")}) is {answer.Text("status")}."
            );
        }

        return ExitCode.Done;
    }

    private static GatewayHttp Gateway(ParseResult parsed)
    {
        var connection = GlobalFlags.Connection(parsed);
        return new GatewayHttp(connection, connection.RequireAdminToken());
    }

    private static string PathOf(ParseResult parsed) =>
        "admin/apps/" + Uri.EscapeDataString(parsed.GetValue(s_clientId)!);

    private static byte[] DecisionJson(string verb, ParseResult parsed)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, JsonText.Options))
        {
            json.WriteStartObject();
            json.WriteString("decision", verb);
            foreach (
                var (name, value) in (ReadOnlySpan<(string, string?)>)
                    [
                        ("note", parsed.GetValue(s_note)),
                        ("verified_domain", parsed.GetValue(s_verifiedDomain)),
                    ]
            )
            {
                if (value is not null)
                {
                    json.WriteString(name, value);
                }
            }

            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
