using System.Globalization;
using System.Runtime.InteropServices;
using Arda.Gateway.Tests.Crash;

namespace Arda.Gateway.Tests.Hosting;

/// <summary>A packet that arrives interrupts nothing (docs/decisions/0018).</summary>
public sealed class BatchSchedulingTests
{
    private const int Batch = 3;
    private const int Idle = 5;

    // proc(5), /proc/pid/stat: the policy is the 41st field, and the name before it may hold blanks.
    private const int PolicyAfterName = 38;

    [Fact]
    public async Task The_threads_that_answer_do_not_interrupt_each_other()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "scheduling policies are Linux's");
        var data = Directory.CreateTempSubdirectory("arda-batch-");
        try
        {
            await using var gateway = await GatewayProcess.StartAsync(
                data.FullName,
                postgres: null
            );
            using var http = new HttpClient { BaseAddress = gateway.Address };
            Assert.NotEmpty(
                await http.GetStringAsync("/healthz", TestContext.Current.CancellationToken)
            );

            var policies = Threads(gateway.ProcessId);

            foreach (var name in new[] { ".NET Sockets", ".NET TP Worker", "sqlite-writer" })
            {
                Assert.Contains(policies, thread => thread.Name == name);
                Assert.All(
                    policies.Where(thread => thread.Name == name),
                    thread => Assert.Equal(Batch, thread.Policy)
                );
            }
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_policy_that_was_chosen_stays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "scheduling policies are Linux's");
        var policy = -1;
        var thread = new Thread(() =>
        {
            var priority = 0;
            if (sched_setscheduler(0, Idle, ref priority) == 0)
            {
                BatchScheduling.Ask();
                policy = sched_getscheduler(0);
            }
        });
        thread.Start();
        thread.Join();

        Assert.SkipWhen(policy == -1, "this machine lets nobody choose a policy");
        Assert.Equal(Idle, policy);
    }

    private static List<(string Name, int Policy)> Threads(int process)
    {
        List<(string, int)> threads = [];
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                var stat = File.ReadAllText(Path.Combine(thread, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                threads.Add(
                    (
                        File.ReadAllText(Path.Combine(thread, "comm")).TrimEnd('\n'),
                        int.Parse(fields[PolicyAfterName], CultureInfo.InvariantCulture)
                    )
                );
            }
            catch (IOException)
            {
                // It ended while it was looked at.
            }
        }

        return threads;
    }

#pragma warning disable SYSLIB1054, IDE1006, CA5392 // As in BatchScheduling itself.
    [DllImport("libc")]
    private static extern int sched_getscheduler(int pid);

    [DllImport("libc")]
    private static extern int sched_setscheduler(int pid, int policy, ref int priority);
#pragma warning restore SYSLIB1054, IDE1006, CA5392
}
