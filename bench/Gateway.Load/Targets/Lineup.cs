using System.Runtime.InteropServices;
using Arda.Gateway.Load.Machine;
using Arda.Gateway.Load.Mock;
using Arda.Gateway.Load.Run;

namespace Arda.Gateway.Load.Targets;

/// <summary>Starts the mock and the targets, each at an address of its own.</summary>
internal sealed class Lineup(Options options, Children children)
{
    public const int MockPort = 18780;
    private const int NginxPort = 18781;
    private const int KestrelPort = 18782;
    private const int OursPort = 18783;
    private const int OursPostgresPort = 18784;
    private const double StartSecondsMax = 20;

    private static readonly string Self = typeof(Lineup).Assembly.Location;
    private static readonly Uri MockUrl = UrlOf(MockPort);

    // Else their hosts watch the checkout, and each page that a target writes below it wakes them.
    private const string WatchNothing = "DOTNET_hostBuilder__reloadConfigOnChange=false";

    public MockLink StartMock()
    {
        Children.NeedFree(MockPort);
        // Without the profiling tier it is at its best after seconds, not after minutes.
        string[] command =
        [
            "env",
            WatchNothing,
            "DOTNET_TieredPGO=0",
            "dotnet",
            Self,
            "mock",
            Text(MockUrl),
        ];
        var pid = children.Start(Cores.Load, "mock", command);
        children.WaitForPort(pid, "mock", MockPort, StartSecondsMax);
        return new MockLink(MockUrl, pid);
    }

    public Target Start(string name, MockLink mock) =>
        name switch
        {
            Target.Direct => mock.AsTarget(),
            Target.Nginx => StartNginx(),
            Target.Kestrel => StartKestrel(),
            Target.Ours => new OurGateway(options, children).Start(OursPort, isPostgres: false),
            Target.OursPostgres => new OurGateway(options, children).Start(
                OursPostgresPort,
                isPostgres: true
            ),
            _ => throw new BenchException(
                $"{name} is no target: {string.Join(", ", Target.Known)}"
            ),
        };

    public static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}");

    /// <summary>Without the slash that a Uri puts at its end.</summary>
    public static string Text(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private Target StartNginx()
    {
        Children.NeedFree(NginxPort);
        var directory = Path.Combine(options.WorkDirectory, "nginx");
        Directory.CreateDirectory(directory);
        var configuration = Path.Combine(directory, "nginx.conf");
        File.WriteAllText(configuration, NginxConfiguration(directory));
        var pid = children.Start(
            Cores.Target,
            Target.Nginx,
            ["nginx", "-p", directory, "-c", configuration, "-g", "daemon off;"]
        );
        children.WaitForPort(pid, Target.Nginx, NginxPort, StartSecondsMax);
        var version = Shell.FirstLine("nginx", "-v").Split(' ')[^1];
        return new Target(Target.Nginx, UrlOf(NginxPort), $"{version}, one worker, unbuffered")
        {
            Processes = [pid],
        };
    }

    private Target StartKestrel()
    {
        Children.NeedFree(KestrelPort);
        var url = UrlOf(KestrelPort);
        var pid = children.Start(
            Cores.Target,
            Target.Kestrel,
            ["env", WatchNothing, "dotnet", Self, "passthrough", Text(url), Text(MockUrl)]
        );
        children.WaitForPort(pid, Target.Kestrel, KestrelPort, StartSecondsMax);
        var runtime = RuntimeInformation.FrameworkDescription;
        return new Target(Target.Kestrel, url, $"bare pass-through on {runtime}")
        {
            Processes = [pid],
        };
    }

    private static string NginxConfiguration(string directory) =>
        $$"""
            worker_processes 1;
            worker_rlimit_nofile 8192;
            pid {{directory}}/nginx.pid;
            error_log stderr;
            events { worker_connections 4096; }
            http {
              access_log off;
              client_body_temp_path {{directory}}/body;
              proxy_temp_path {{directory}}/proxy;
              fastcgi_temp_path {{directory}}/fastcgi;
              uwsgi_temp_path {{directory}}/uwsgi;
              scgi_temp_path {{directory}}/scgi;
              client_body_buffer_size 1m;
              keepalive_requests 1000000000;
              upstream mock {
                server 127.0.0.1:{{MockPort}};
                keepalive 512;
                keepalive_requests 1000000000;
              }
              server {
                listen 127.0.0.1:{{NginxPort}};
                location / {
                  proxy_pass http://mock;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_buffering off;
                }
              }
            }
            """;
}
