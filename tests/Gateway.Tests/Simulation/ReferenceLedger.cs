using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>
/// What the books must say, told in the plainest way: one global lock, no leases, no nodes, no
/// tables, and arithmetic of its own. Debt counts against the paid money here, because when the
/// ledger pays it is nobody's loss.
/// </summary>
internal sealed class ReferenceLedger
{
    private readonly Dictionary<string, (Int128 Base, Int128 Gateway, Int128 Reseller)> _parts = [];
    private readonly Dictionary<string, (Int128 Paid, Int128 Promo, Int128 Earned)> _taken = [];
    private readonly Dictionary<string, Int128> _accounts = [];
    private readonly Dictionary<string, (Int128 Paid, Int128 Promo)> _purses = [];
    private readonly HashSet<string> _events = [];
    private readonly Dictionary<AllowanceKey, Int128> _spent = [];
    private readonly Dictionary<string, Int128> _caps = [];

    public ReferenceLedger() { }

    private ReferenceLedger(ReferenceLedger from)
    {
        (_parts, _taken) = (new(from._parts), new(from._taken));
        (_accounts, _purses) = (new(from._accounts), new(from._purses));
        (_events, _spent) = (new(from._events), new(from._spent));
        // What limits there were is nothing that a store can lose.
        _caps = from._caps;
    }

    public IReadOnlyDictionary<string, Int128> Accounts => _accounts;

    public IReadOnlyDictionary<AllowanceKey, Int128> Spent => _spent;

    public ReferenceLedger Copy() => new(this);

    public bool Knows(string id) => _events.Contains(id);

    public (Int128 Paid, Int128 Promo) PurseOf(string project) =>
        _purses.GetValueOrDefault(project);

    public Int128 ChargedOf(string request) =>
        _taken.GetValueOrDefault(request).Paid + _taken.GetValueOrDefault(request).Promo;

    public Int128 EarnedOf(string request) => _taken.GetValueOrDefault(request).Earned;

    /// <summary>Money that moves by an event of the outside world, once for its id.</summary>
    public bool Move(
        string id,
        string project,
        Int128 paid,
        Int128 promo,
        params ReadOnlySpan<(string Account, Int128 Debit)> legs
    )
    {
        if (!_events.Add(id))
        {
            return false;
        }

        Fill(project, paid, promo);
        foreach (var (account, debit) in legs)
        {
            Enter(account, debit);
        }

        return true;
    }

    /// <param name="row">As the node made it.</param>
    /// <param name="basePrice">The cost of the request with this row, from what the provider said.</param>
    /// <param name="isFree">The user pays nothing in the end.</param>
    /// <param name="charged">What the store says that the user pays of it.</param>
    public void Charge(ChargeRow row, Int128 basePrice, bool isFree, Funds charged)
    {
        if (!_events.Add($"{row.Id}/{row.Seq}"))
        {
            return;
        }

        var payer = row.Payer;
        var before = _parts.GetValueOrDefault(row.Id);
        var gateway = isFree ? 0 : basePrice * payer.GatewayMarkupBps / 10_000;
        var reseller = isFree ? 0 : (basePrice + gateway) * payer.ResellerMarkupBps / 10_000;
        var after = isFree && row.IsCorrection ? default : (basePrice, gateway, reseller);
        _parts[row.Id] = after;
        var added = after.basePrice - before.Base;
        Agree(row.Parts.Base.Value, added, row, "base");
        Agree(row.Parts.GatewayMarkup.Value, after.gateway - before.Gateway, row, "gateway markup");
        Agree(row.Parts.ResellerMarkup.Value, after.reseller - before.Reseller, row, "markup");
        var total = added + after.gateway - before.Gateway + after.reseller - before.Reseller;
        var sign = row.IsCorrection ? -1 : 1;
        Promise(charged.Paid.Value * sign >= 0 && charged.Promo.Value * sign >= 0, row, "sign");
        Promise(charged.Total.Value * sign <= total * sign, row, "charged more than its cost");
        Promise(!isFree || sign < 0 || charged == Funds.None, row, "a provider error is charged");
        var taken = _taken.GetValueOrDefault(row.Id);
        if (row.IsCorrection)
        {
            // What the user paid comes back first, the operator's part last.
            var paidBack = Int128.Min(-total, taken.Paid);
            Agree(-charged.Paid.Value, paidBack, row, "paid back");
            Agree(
                -charged.Promo.Value,
                Int128.Min(-total - paidBack, taken.Promo),
                row,
                "promo back"
            );
        }

        Take(row, (after.basePrice, after.gateway, after.reseller), total, charged);
    }

    /// <summary>The highest limit that it ever had.</summary>
    public Int128 CapOf(string scope, string subject) =>
        _caps.GetValueOrDefault(KeyOf(scope, subject), Int128.MaxValue);

    public void Cap(AllowanceScope scope, string subject, NanoUsd? cap)
    {
        var key = KeyOf(scope == AllowanceScope.Key ? "key" : "connection", subject);
        _caps[key] = Int128.Max(_caps.GetValueOrDefault(key), cap?.Value ?? Int128.MaxValue);
    }

    private void Take(
        ChargeRow row,
        (Int128 Base, Int128 Gateway, Int128 Reseller) left,
        Int128 total,
        Funds charged
    )
    {
        var taken = _taken.GetValueOrDefault(row.Id);
        var paid = taken.Paid + charged.Paid.Value;
        var earns = row.Payer.Reseller is not null;
        var markup = row.Parts.ResellerMarkup.Value;
        // A row earns by itself; what a correction leaves earns as if it had been all there was.
        var whole = left.Base + left.Gateway + left.Reseller;
        var earned =
            !earns || total == 0 ? 0
            : !row.IsCorrection ? markup * (Int128)charged.Paid.Value / total
            : Int128.Max(
                whole == 0 ? -taken.Earned : (left.Reseller * paid / whole) - taken.Earned,
                markup
            );
        earned = row.IsCorrection ? Int128.Min(0, earned) : earned;
        _taken[row.Id] = (paid, taken.Promo + charged.Promo.Value, taken.Earned + earned);
        Fill(row.Payer.Project.Value, -charged.Paid.Value, -charged.Promo.Value);
        Enter("revenue", earned - total);
        Enter("absorbed", total - charged.Total.Value);
        Enter("reseller_pending/" + row.Payer.Reseller, -earned);
        Enter("cogs", row.Cogs.Value);
        Enter("provider_payable", -row.Cogs.Value);
        foreach (var (key, _) in row.Limits())
        {
            _spent[key] = _spent.GetValueOrDefault(key) + charged.Total.Value;
            var cap = CapOf(key.ScopeName, key.Subject);
            Promise(_spent[key] <= cap, row, "a monthly limit is exceeded");
        }
    }

    private void Fill(string project, Int128 paid, Int128 promo)
    {
        var purse = _purses.GetValueOrDefault(project);
        _purses[project] = (purse.Paid + paid, purse.Promo + promo);
    }

    private void Enter(string account, Int128 debit)
    {
        if (debit != 0)
        {
            _accounts[account] = _accounts.GetValueOrDefault(account) + debit;
        }
    }

    private static string KeyOf(string scope, string subject) => $"{scope}/{subject}";

    private static void Agree(Int128 found, Int128 expected, ChargeRow row, string what) =>
        Promised.Holds(found == expected, $"{row.Id}/{row.Seq}: {what} {found}, not {expected}");

    private static void Promise(bool holds, ChargeRow row, string what) =>
        Promised.Holds(holds, $"{row.Id}/{row.Seq}: {what}");
}
