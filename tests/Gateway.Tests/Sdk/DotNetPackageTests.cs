using System.Diagnostics;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Sdk;

/// <summary>The package as others get it: packed, restored from a folder into a project of their
/// own, compiled ahead of time without a warning, and run against a gateway.</summary>
public sealed class DotNetPackageTests(SdkWorld sdk)
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <PublishAot>$(Ahead)</PublishAot>
            <PublishTrimmed>true</PublishTrimmed>
            <SelfContained>true</SelfContained>
            <TrimmerSingleWarn>false</TrimmerSingleWarn>
            <InvariantGlobalization>true</InvariantGlobalization>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Arda.Gateway.Sdk" Version="0.1.0" />
          </ItemGroup>
        </Project>
        """;

    private const string Source = """
        using Arda.Gateway.Sdk;
        using Microsoft.Extensions.DependencyInjection;

        var services = new ServiceCollection();
        services.AddArdaGateway(options =>
        {
            options.ApiKey = args[1];
            options.BaseAddress = new Uri(args[0]);
        });
        await using var provider = services.BuildServiceProvider();
        var gateway = provider.GetRequiredService<ArdaGatewayClient>();
        var bootstrap = await gateway.GetEmbeddedAppBootstrapAsync();
        var request = new GatewayChatRequest
        {
            Model = bootstrap.AutoRouteOption!.Id,
            Messages = [GatewayChatMessage.User("Hello")],
        };
        await using var stream = await gateway.CreateChatCompletionStreamAsync(request);
        var text = await stream.ReadToEndAsync();
        var end = await stream.Final;
        try
        {
            await new ArdaGatewayClient(
                new ArdaGatewayClientOptions { ApiKey = "gw_sk_x", BaseAddress = new Uri(args[0]) }
            ).GetStatusAsync();
        }
        catch (GatewayApiException refused)
        {
            var action = GatewayRecovery.OfError(refused).Action;
            Console.WriteLine($"{text.Length > 0} {end.Cost!.TotalUsd > 0} {action}");
        }
        """;

    private static readonly TimeSpan s_runMax = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_fresh_project_uses_the_package_compiled_ahead_of_time()
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("arda-sdk-").FullName;
        try
        {
            await RunAsync(
                "dotnet",
                Checkout.Root,
                ["pack", Sdk, "-o", folder, "-v", "quiet", "--nologo"]
            );
            var feed = $"-p:RestoreAdditionalProjectSources={folder}";
            var app = Directory.CreateDirectory(Path.Combine(folder, "app")).FullName;
            await File.WriteAllTextAsync(Path.Combine(app, "app.csproj"), Project, ct);
            await File.WriteAllTextAsync(Path.Combine(app, "Program.cs"), Source, ct);
            // Or an earlier build of this version would be found.
            DeleteFromCache();
            var output = Path.Combine(app, "out");
            await RunAsync(
                "dotnet",
                app,
                [
                    "publish",
                    "-o",
                    output,
                    "--use-current-runtime",
                    "-v",
                    "quiet",
                    "--nologo",
                    feed,
                    .. Linker(),
                ]
            );
            var world = await sdk.StartAsync();
            var said = await RunAsync(
                Path.Combine(output, OperatingSystem.IsWindows() ? "app.exe" : "app"),
                app,
                [(await sdk.AddressAsync()).ToString(), world.Host.ApiKey]
            );
            Assert.Equal("True True reconnect", said.Trim());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Sdk => Path.Combine(Checkout.Root, "sdk", "dotnet", "src");

    /// <summary>Native code needs a linker; where there is none the trimmed form says the
    /// same.</summary>
    private static string[] Linker() =>
        OnPath("clang") ? ["-p:Ahead=true"]
        : OnPath("gcc") ? ["-p:Ahead=true", "-p:CppCompilerAndLinker=gcc"]
        : ["-p:Ahead=false"];

    private static bool OnPath(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, tool)));

    private static void DeleteFromCache()
    {
        var packages =
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                ".nuget",
                "packages"
            );
        var kept = Path.Combine(packages, "arda.gateway.sdk", "0.1.0");
        if (Directory.Exists(kept))
        {
            Directory.Delete(kept, recursive: true);
        }
    }

    private static async Task<string> RunAsync(
        string file,
        string folder,
        IReadOnlyList<string> arguments
    )
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken
        );
        limit.CancelAfter(s_runMax);
        using var process = Process.Start(start)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"{file}:\n{output}\n{await error}");
            return output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
