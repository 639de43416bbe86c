using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tracking.Architecture.Tests;

/// <summary>What these tests read out of C# sources. The parser is older than the language; what it does not know it passes over.</summary>
internal static partial class Sources
{
    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview, DocumentationMode.None);

    public static SyntaxNode Parse(string text) => CSharpSyntaxTree.ParseText(text, Options).GetRoot();

    /// <summary>Projects whose namespace is named, in a using or in full.</summary>
    public static IReadOnlyList<string> ProjectsNamedIn(SyntaxNode root) =>
        [.. TrackingName().Matches(CodeOf(root)).Select(m => m.Groups[1].Value).Distinct(StringComparer.Ordinal)];

    /// <summary>Every method, constructor, accessor, operator and local function with its name and its number of lines.</summary>
    public static IEnumerable<(string Name, int Line, int Lines)> MethodsIn(SyntaxNode root)
    {
        foreach (SyntaxNode node in root.DescendantNodes())
        {
            string? name = node switch
            {
                MethodDeclarationSyntax method => method.Identifier.Text,
                ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
                DestructorDeclarationSyntax destructor => destructor.Identifier.Text,
                OperatorDeclarationSyntax @operator => $"operator {@operator.OperatorToken.Text}",
                ConversionOperatorDeclarationSyntax conversion => $"operator {conversion.Type}",
                LocalFunctionStatementSyntax local => local.Identifier.Text,
                AccessorDeclarationSyntax accessor => accessor.Keyword.Text,
                AnonymousFunctionExpressionSyntax => "lambda",
                PropertyDeclarationSyntax { ExpressionBody: not null } property => property.Identifier.Text,
                _ => null,
            };
            if (name is null) continue;
            FileLinePositionSpan lines = node.SyntaxTree.GetLineSpan(node.Span);
            yield return (name, lines.StartLinePosition.Line + 1, lines.EndLinePosition.Line - lines.StartLinePosition.Line + 1);
        }
    }

    /// <summary>How many lines stand outside what the parser understood as a type, after errors: methods could hide there.</summary>
    public static IEnumerable<string> HiddenMethodsIn(SyntaxNode root)
    {
        // A declaration that was not understood is left as skipped text or as incomplete members.
        foreach (SyntaxTrivia skipped in root.DescendantTrivia(descendIntoTrivia: true).Where(t => t.IsKind(SyntaxKind.SkippedTokensTrivia)))
        {
            string text = skipped.ToFullString();
            if (text.AsSpan().Count('\n') > 3) yield return text;
        }
    }

    /// <summary>The code without comments and texts.</summary>
    public static string CodeOf(SyntaxNode root) =>
        string.Join(' ', root.DescendantTokens().Where(t => !t.IsKind(SyntaxKind.StringLiteralToken) && !t.IsKind(SyntaxKind.InterpolatedStringTextToken)).Select(t => t.Text))
            .Replace(" . ", ".", StringComparison.Ordinal);

    /// <summary>Names in the code, each with its line.</summary>
    public static IEnumerable<(string Name, int Line)> IdentifiersIn(SyntaxNode root) =>
        root.DescendantTokens().Where(t => t.IsKind(SyntaxKind.IdentifierToken))
            .Select(t => (t.ValueText, t.SyntaxTree!.GetLineSpan(t.Span).StartLinePosition.Line + 1));

    /// <summary>Member accesses such as <c>DateTime.UtcNow</c>, each with its line.</summary>
    public static IEnumerable<(string Access, int Line)> AccessesIn(SyntaxNode root) =>
        root.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Select(a => ($"{LastName(a.Expression)}.{a.Name.Identifier.Text}", a.SyntaxTree.GetLineSpan(a.Span).StartLinePosition.Line + 1));

    /// <summary>Comments, each with its line.</summary>
    public static IEnumerable<(string Text, int Line)> CommentsIn(SyntaxNode root) =>
        root.DescendantTrivia(descendIntoTrivia: true)
            .Where(t => t.IsKind(SyntaxKind.SingleLineCommentTrivia) || t.IsKind(SyntaxKind.MultiLineCommentTrivia)
                || t.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia) || t.IsKind(SyntaxKind.MultiLineDocumentationCommentTrivia))
            .Select(t => (t.ToFullString(), t.SyntaxTree!.GetLineSpan(t.Span).StartLinePosition.Line + 1));

    private static string LastName(ExpressionSyntax expression) => expression switch
    {
        MemberAccessExpressionSyntax access => access.Name.Identifier.Text,
        SimpleNameSyntax name => name.Identifier.Text,
        _ => "",
    };

    [GeneratedRegex(@"\bTracking\.([A-Z]\w*)")]
    private static partial Regex TrackingName();
}
