using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using FsCheck;
using FsCheck.Fluent;

namespace Arda.Gateway.Tests.Keys;

public sealed class RateLimitsTests
{
    private readonly HandClock _clock = new();

    [Fact]
    public void A_rested_key_may_send_a_minutes_worth_and_then_goes_on_at_the_even_rate()
    {
        var limits = new RateLimits(_clock);
        var caller = CallerWith(60);
        for (var i = 59; i >= 0; i--)
        {
            var reading = limits.Take(caller);
            Assert.Equal((true, 60, i), (reading.Allowed, reading.Limit, reading.Remaining));
        }

        var refused = limits.Take(caller);
        Assert.Equal((false, 0), (refused.Allowed, refused.Remaining));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.RetryAfter);
        Assert.Equal(TimeSpan.FromMinutes(1), refused.ResetAfter);

        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(limits.Take(caller).Allowed);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(limits.Take(caller).Allowed);
        Assert.False(limits.Take(caller).Allowed);
    }

    [Fact]
    public void Who_waits_as_long_as_told_is_let_in()
    {
        var limits = new RateLimits(_clock);
        var caller = CallerWith(7);
        for (var i = 0; i < 500; i++)
        {
            var reading = limits.Take(caller);
            if (!reading.Allowed)
            {
                _clock.Advance(reading.RetryAfter);
                Assert.True(limits.Take(caller).Allowed);
            }
        }
    }

    [Fact]
    public void A_refused_request_costs_nothing()
    {
        var limits = new RateLimits(_clock);
        var caller = CallerWith(2);
        for (var i = 0; i < 1_000; i++)
        {
            limits.Take(caller);
        }

        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.True(limits.Take(caller).Allowed);
    }

    [Fact]
    public void Keys_do_not_share_their_limits_and_a_changed_limit_holds_at_once()
    {
        var limits = new RateLimits(_clock);
        var (one, other) = (CallerWith(1), CallerWith(1));
        Assert.True(limits.Take(one).Allowed);
        Assert.False(limits.Take(one).Allowed);
        Assert.True(limits.Take(other).Allowed);

        var raised = CallerWith(100, one.Key);
        _clock.Advance(TimeSpan.FromMilliseconds(600));
        Assert.True(limits.Take(raised).Allowed);
    }

    // Any window of any length: at most the even rate of it and one minute's worth.
    [Fact]
    public void No_stretch_of_time_holds_more_than_its_rate_and_one_burst()
    {
        var run =
            from limit in Gen.Choose(1, 200)
            from pauses in Gen.ArrayOf(Gen.OneOf(Gen.Constant(0), Gen.Choose(0, 3_000)), 400)
            select (limit, pauses);
        Prop.ForAll(run.ToArbitrary(), r => HoldsIn(r.limit, r.pauses))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Fact]
    public async Task Parallel_requests_never_pass_the_limit_together()
    {
        var limits = new RateLimits(_clock);
        var caller = CallerWith(500);
        var allowed = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(() =>
                        Enumerable.Range(0, 1_000).Count(_ => limits.Take(caller).Allowed)
                    )
                )
        );
        Assert.Equal(500, allowed.Sum());
    }

    [Fact]
    public void Keys_that_rest_are_forgotten()
    {
        var limits = new RateLimits(_clock);
        for (var i = 0; i < 100_000; i++)
        {
            limits.Take(CallerWith(600));
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        // Each key's budget is full again after a tenth of a second: ten keys at a time.
        Assert.InRange(limits.Count, 1, 2_048);
    }

    private static bool HoldsIn(int limit, int[] pauses)
    {
        var clock = new HandClock();
        var limits = new RateLimits(clock);
        var caller = CallerWith(limit);
        var taken = new List<long>();
        foreach (var ms in pauses)
        {
            clock.Advance(TimeSpan.FromMilliseconds(ms));
            // More than one at an instant.
            for (var i = 0; i < 3; i++)
            {
                if (limits.Take(caller).Allowed)
                {
                    taken.Add(clock.GetTimestamp());
                }
            }
        }

        for (var from = 0; from < taken.Count; from++)
        {
            for (var to = from; to < taken.Count; to++)
            {
                // Whole numbers: an even 600 ms must not come out as a little less than one.
                var even = (taken[to] - taken[from]) * limit / TimeSpan.TicksPerMinute;
                if (to - from + 1 > even + limit)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static Caller CallerWith(int perMinute, KeyId? key = null) =>
        new()
        {
            Key = key ?? KeyId.New(),
            Owner = new UserId("usr_a"),
            Project = new ProjectId("prj_a"),
            Scopes = [],
            RequestsPerMinute = perMinute,
        };
}
