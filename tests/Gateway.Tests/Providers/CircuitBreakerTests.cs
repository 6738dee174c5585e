using Arda.Gateway.Providers;

namespace Arda.Gateway.Tests.Providers;

public sealed class CircuitBreakerTests
{
    private static readonly BreakerLimits s_limits = new();

    private readonly HandClock _clock = new();
    private readonly CircuitBreaker _breaker;

    public CircuitBreakerTests() => _breaker = new CircuitBreaker(s_limits, _clock, () => 0.5);

    [Fact]
    public void Five_faults_in_a_row_open_it_and_four_do_not()
    {
        Fail(4);
        Assert.Equal(CircuitState.Closed, _breaker.State);
        Fail(1);
        Assert.Equal(CircuitState.Open, _breaker.State);
        Assert.False(_breaker.IsReady);
    }

    [Fact]
    public void A_success_between_faults_starts_the_row_anew()
    {
        Fail(4);
        _breaker.Succeed();
        Fail(4);
        Assert.Equal(CircuitState.Closed, _breaker.State);
    }

    [Fact]
    public void Half_of_twenty_requests_going_wrong_opens_it()
    {
        for (var i = 0; i < 9; i++)
        {
            _breaker.Succeed();
            Fail(1);
        }

        _breaker.Succeed();
        Assert.Equal(CircuitState.Closed, _breaker.State);
        Fail(1);
        Assert.Equal(CircuitState.Open, _breaker.State);
    }

    [Fact]
    public void Faults_that_are_older_than_the_window_are_forgotten()
    {
        for (var i = 0; i < 9; i++)
        {
            _breaker.Succeed();
            Fail(1);
        }

        _clock.Advance(s_limits.Window + TimeSpan.FromSeconds(6));
        Assert.Equal((0, 0), _breaker.Recent);
        Fail(1);
        Assert.Equal(CircuitState.Closed, _breaker.State);
    }

    [Fact]
    public void After_its_rest_one_probe_goes_and_the_others_wait()
    {
        Fail(5);
        _clock.Advance(s_limits.RestMin);
        Assert.Equal(CircuitState.HalfOpen, _breaker.State);
        Assert.True(_breaker.IsReady);
        _breaker.Begin();
        Assert.False(_breaker.IsReady);
        _breaker.Reopen();
        Assert.Equal(CircuitState.Closed, _breaker.State);
        Assert.True(_breaker.IsReady);
    }

    [Fact]
    public void A_probe_that_fails_doubles_the_rest_up_to_two_minutes()
    {
        Fail(5);
        foreach (var seconds in (int[])[5, 10, 20, 40, 80, 120, 120])
        {
            Assert.Equal(_clock.GetUtcNow().AddSeconds(seconds), _breaker.OpenUntil);
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            _breaker.Begin();
            _breaker.Fail();
        }
    }

    [Fact]
    public void Faults_of_requests_that_were_under_way_do_not_double_the_rest()
    {
        Fail(50);
        Assert.Equal(_clock.GetUtcNow() + s_limits.RestMin, _breaker.OpenUntil);
    }

    [Fact]
    public void A_probe_whose_caller_left_frees_its_place()
    {
        Fail(5);
        _clock.Advance(s_limits.RestMin);
        _breaker.Begin();
        _breaker.Neutral();
        Assert.True(_breaker.IsReady);
    }

    [Fact]
    public void A_probe_that_never_reports_frees_its_place_in_the_end()
    {
        Fail(5);
        _clock.Advance(s_limits.RestMin);
        _breaker.Begin();
        _clock.Advance(s_limits.ProbeMax);
        Assert.True(_breaker.IsReady);
    }

    [Fact]
    public void The_rest_that_a_provider_names_is_kept_to_the_second()
    {
        _breaker.FailFor(TimeSpan.FromSeconds(16));
        _clock.Advance(TimeSpan.FromSeconds(15.9));
        Assert.False(_breaker.IsReady);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(_breaker.IsReady);
    }

    [Fact]
    public void Jitter_spreads_the_rest_by_a_fifth_to_either_side()
    {
        foreach (var (jitter, seconds) in ((double, double)[])[(0, 4), (1, 6)])
        {
            var breaker = new CircuitBreaker(s_limits, _clock, () => jitter);
            for (var i = 0; i < 5; i++)
            {
                breaker.Fail();
            }

            Assert.Equal(_clock.GetUtcNow().AddSeconds(seconds), breaker.OpenUntil);
        }
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _breaker.Fail();
        }
    }
}
