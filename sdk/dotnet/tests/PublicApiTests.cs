using System.Reflection;
using System.Text;

namespace Arda.Gateway.Sdk.Tests;

/// <summary>What others build on changes only where a reviewer sees it.</summary>
public sealed class PublicApiTests
{
    private static readonly string s_file = Path.Combine(
        Checkout.Root,
        "sdk",
        "dotnet",
        "PublicApi.txt"
    );

    private static readonly Assembly s_sdk = typeof(ArdaGatewayClient).Assembly;

    [Fact]
    public async Task The_public_api_is_the_written_one()
    {
        var ct = TestContext.Current.CancellationToken;
        var found = Describe();
        if (Environment.GetEnvironmentVariable("ARDA_WRITE_PUBLIC_API") == "1")
        {
            await File.WriteAllTextAsync(s_file, found, ct);
        }

        var written = File.Exists(s_file) ? await File.ReadAllTextAsync(s_file, ct) : "";
        Assert.True(
            written == found,
            "The public API is another than PublicApi.txt. If it is meant, write it anew with "
                + $"ARDA_WRITE_PUBLIC_API=1. New or changed:\n{Changes(written, found)}"
        );
    }

    [Fact]
    public void Every_call_over_the_network_can_be_cancelled()
    {
        var deaf = s_sdk
            .GetExportedTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .Where(method => method.Name.EndsWith("Async", StringComparison.Ordinal))
            .Where(method => method.Name != nameof(IAsyncDisposable.DisposeAsync))
            .Where(method =>
                method.GetParameters() is not [.., { HasDefaultValue: true } last]
                || last.ParameterType != typeof(CancellationToken)
            )
            .Select(method => method.Name);
        Assert.Empty(deaf);
    }

    [Fact]
    public void Every_amount_has_its_unit_in_its_name()
    {
        string[] units = ["Cents", "NanoUsd", "Usd", "Bps"];
        string[] amounts = ["Balance", "Cost", "Topup", "Markup", "Amount", "Threshold", "Cap"];
        var bare = s_sdk
            .GetExportedTypes()
            .SelectMany(type => type.GetProperties())
            .Where(one => Type.GetTypeCode(Bare(one)) is TypeCode.Int64 or TypeCode.Decimal)
            .Where(one => amounts.Any(word => one.Name.Contains(word, StringComparison.Ordinal)))
            .Where(one => !units.Any(unit => one.Name.EndsWith(unit, StringComparison.Ordinal)))
            .Select(one => $"{one.DeclaringType!.Name}.{one.Name}");
        Assert.Empty(bare);
    }

    private static Type Bare(PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    private static string Changes(string written, string found) =>
        string.Join('\n', found.Split('\n').Except(written.Split('\n')));

    private static string Describe()
    {
        var text = new StringBuilder();
        foreach (
            var type in s_sdk
                .GetExportedTypes()
                .OrderBy(one => one.FullName, StringComparer.Ordinal)
        )
        {
            text.Append(Head(type)).Append('\n');
            foreach (var member in Members(type).Distinct().Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(member).Append('\n');
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Head(Type type)
    {
        var kind =
            type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsValueType ? "struct"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class"
            : "class";
        List<Type> bases =
        [
            .. type.BaseType is { } parent
            && parent != typeof(object)
            && parent != typeof(ValueType)
                ? [parent]
                : Type.EmptyTypes,
            .. type.GetInterfaces().OrderBy(one => one.FullName, StringComparer.Ordinal),
        ];
        var inherited = string.Join(", ", bases.Select(Name));
        return $"{kind} {type.FullName}" + (inherited.Length > 0 ? $" : {inherited}" : "");
    }

    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Own =
            BindingFlags.Public
            | BindingFlags.Instance
            | BindingFlags.Static
            | BindingFlags.DeclaredOnly;
        foreach (var made in type.GetConstructors(Own))
        {
            yield return $"new({Parameters(made)})";
        }

        foreach (var field in type.GetFields(Own))
        {
            yield return $"const {field.Name} = {field.GetRawConstantValue()}";
        }

        foreach (var property in type.GetProperties(Own))
        {
            var set = property.SetMethod is { IsPublic: true } setter
                ? setter.ReturnParameter.GetRequiredCustomModifiers().Length > 0
                    ? " init;"
                    : " set;"
                : "";
            var required = property.IsDefined(
                typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)
            )
                ? "required "
                : "";
            var shown = Shown(new NullabilityInfoContext().Create(property));
            yield return $"{required}{shown} {property.Name} {{ get;{set} }}";
        }

        foreach (var method in type.GetMethods(Own).Where(IsWorthTelling))
        {
            var result = Shown(new NullabilityInfoContext().Create(method.ReturnParameter));
            yield return $"{(method.IsStatic ? "static " : "")}{result} {method.Name}({Parameters(method)})";
        }
    }

    // What every record and every property has goes without saying.
    private static bool IsWorthTelling(MethodInfo method) =>
        (!method.IsSpecialName || method.Name == "op_Implicit")
        && method.Name
            is not ("ToString" or "Equals" or "GetHashCode" or "Deconstruct" or "<Clone>$");

    private static string Parameters(MethodBase method) =>
        string.Join(
            ", ",
            method
                .GetParameters()
                .Select(one =>
                    Shown(new NullabilityInfoContext().Create(one))
                    + $" {one.Name}"
                    + (one.HasDefaultValue ? " = default" : "")
                )
        );

    private static string Shown(NullabilityInfo info)
    {
        var type = info.Type;
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Name(value) + "?";
        }

        var name =
            info.ElementType is { } element ? Shown(element) + "[]"
            : type.IsGenericType
                ? Bare(type)
                    + "<"
                    + string.Join(", ", info.GenericTypeArguments.Select(Shown))
                    + ">"
            : Name(type);
        return name + (info.ReadState is NullabilityState.Nullable && !type.IsValueType ? "?" : "");
    }

    private static string Name(Type type) =>
        type.IsGenericType
            ? Bare(type) + "<" + string.Join(", ", type.GetGenericArguments().Select(Name)) + ">"
        : type.IsNested && !type.IsGenericParameter ? $"{type.DeclaringType!.Name}.{type.Name}"
        : type.Name;

    private static string Bare(Type type) => type.Name.Split('`')[0];
}
