namespace Tracking.Simulator;

/// <summary>Names of invented people and firms.</summary>
internal static class NameBook
{
    private static readonly string[] First =
    [
        "Anna", "Lukas", "Maria", "Jakob", "Lena", "Felix", "Sophie", "Paul", "Hannah", "David", "Emma", "Jonas", "Laura", "Elias",
        "Katharina", "Maximilian", "Eva", "Tobias", "Marlene", "Stefan", "Theresa", "Milan", "Aylin", "Dragana", "Goran", "Zeynep",
    ];

    private static readonly string[] Last =
    [
        "Gruber", "Huber", "Bauer", "Wagner", "Pichler", "Steiner", "Moser", "Mayer", "Hofer", "Leitner", "Berger", "Fuchs", "Eder",
        "Fischer", "Schmid", "Winkler", "Weber", "Schwarz", "Maier", "Reiter", "Novak", "Yılmaz", "Jovanović", "Horvat", "Kovács",
    ];

    private static readonly (string Han, string Latin)[] Family =
    [
        ("李", "Li"), ("王", "Wang"), ("张", "Zhang"), ("刘", "Liu"), ("陈", "Chen"), ("杨", "Yang"), ("黄", "Huang"), ("赵", "Zhao"),
        ("周", "Zhou"), ("吴", "Wu"), ("林", "Lin"), ("何", "He"),
    ];

    private static readonly (string Han, string Latin)[] Given =
    [
        ("伟", "Wei"), ("芳", "Fang"), ("娜", "Na"), ("敏", "Min"), ("静", "Jing"), ("强", "Qiang"), ("磊", "Lei"), ("洋", "Yang"),
        ("秀英", "Xiuying"), ("建国", "Jianguo"), ("晓明", "Xiaoming"), ("雨桐", "Yutong"),
    ];

    private static readonly string[] Trades =
        ["Apotheke", "Bäckerei", "Elektro", "Optik", "Bau", "Gasthaus", "Autohaus", "Praxis", "Druckerei", "Hotel", "Markt", "Labor"];

    private static readonly string[] ChineseTrades = ["药店", "电子", "酒店", "超市", "诊所", "印刷", "物流", "餐厅", "汽修", "眼镜"];

    private static readonly string[] ChineseWords = ["华强", "福星", "鹏程", "南海", "新世纪", "东方", "金光", "宏达", "安康", "万家"];

    /// <summary>A person's name; Chinese ones in both scripts.</summary>
    public static string Person(bool chinese, Dice dice)
    {
        if (!chinese) return $"{dice.Pick(First)} {dice.Pick(Last)}";
        (string Han, string Latin) family = dice.Pick(Family), given = dice.Pick(Given);
        return $"{family.Han}{given.Han} {family.Latin} {given.Latin}";
    }

    /// <summary>A customer's name.</summary>
    public static string Customer(bool chinese, Dice dice) =>
        chinese ? dice.Pick(ChineseWords) + dice.Pick(ChineseTrades) : $"{dice.Pick(Trades)} {dice.Pick(Last)}";

    /// <summary>An office's name.</summary>
    public static string Office(bool chinese, int number) => (chinese, number) switch
    {
        (false, 0) => "Zentrale",
        (false, 1) => "Depot Nord",
        (false, 2) => "Depot Süd",
        (true, 0) => "总部",
        (true, 1) => "北区仓库",
        (true, 2) => "南区仓库",
        _ => $"Depot {number}",
    };
}
