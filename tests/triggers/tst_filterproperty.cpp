// SPDX-License-Identifier: GPL-3.0-or-later
#include "randomjson.h"
#include "slowfilter.h"
#include "triggers/filterprogram.h"
#include "triggers/jsonfield.h"
#include "triggers/messageview.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace earshot;
using namespace earshot::triggers;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr int kFilters = 2'000;
#else
constexpr int kFilters = 25'000;
#endif
constexpr int kMessagesPerFilter = 8;

/// A copy without a byte to spare, so that AddressSanitizer sees a read beyond the message.
class Exact
{
public:
    explicit Exact(const QByteArray &bytes)
        : m_bytes(new char[static_cast<size_t>(bytes.size()) + 1])
        , m_view(m_bytes.get() + 1, bytes.size()) // odd alignment, too
    {
        std::copy(bytes.begin(), bytes.end(), m_bytes.get() + 1);
    }
    [[nodiscard]] QByteArrayView view() const { return m_view; }

private:
    std::unique_ptr<char[]> m_bytes;
    QByteArrayView m_view;
};

} // namespace

/// The fast code against the definitions, over random filters and messages.
class TestFilterProperty : public QObject
{
    Q_OBJECT

private slots:
    void agreesWithTheDefinitions();
    void captureAgreesWithTheDefinitions();
};

void TestFilterProperty::agreesWithTheDefinitions()
{
    RandomJson random(20240607);
    MessageView view;
    int matched = 0;
    for (int i = 0; i < kFilters; ++i) {
        const QByteArray filters = random.filters();
        const bool useOr = random.chance(50);
        const Result<FilterProgram> program
            = FilterProgram::compile(filters, useOr ? u"or" : u"and");
        QVERIFY2(program.has_value(), filters.constData());
        for (int j = 0; j < kMessagesPerFilter; ++j) {
            const QByteArray message = random.message();
            const Exact exact(message);
            const bool expected = slow::matches(filters, useOr, message);
            matched += expected ? 1 : 0;
            view.reset(exact.view());
            static_cast<void>(view.scan());
            const bool agrees = program->matches(exact.view()) == expected
                && program->matches(view) == expected
                && (j > 0 || program->explain(exact.view()).matches == expected);
            if (!agrees) {
                qInfo() << "filters" << filters << "or" << useOr << "message" << message;
            }
            QCOMPARE(program->matches(exact.view()), expected);
            QCOMPARE(program->matches(view), expected);
            QVERIFY(agrees);
        }
    }
    // Both answers must be frequent, or the comparison says little.
    QVERIFY(matched > kFilters * kMessagesPerFilter / 10);
    QVERIFY(matched < kFilters * kMessagesPerFilter * 9 / 10);
}

void TestFilterProperty::captureAgreesWithTheDefinitions()
{
    RandomJson random(7);
    const QStringList names{u"a"_s, u"é"_s, u""_s, u"a.b"_s};
    MessageView view;
    int captured = 0;
    const int count = kFilters * 2;
    for (int i = 0; i < count; ++i) {
        const QString &name = names[i % names.size()];
        const QByteArray message = random.message();
        const Exact exact(message);
        const std::optional<QByteArray> expected = slow::capture(name.toUtf8(), message);
        captured += expected.has_value() ? 1 : 0;
        const JsonFieldCapture capture(name);
        view.reset(exact.view());
        if (capture.capture(view) != expected || capture.capture(exact.view()) != expected) {
            qInfo() << "field" << name << "message" << message;
        }
        QCOMPARE(capture.capture(view), expected);
        QCOMPARE(capture.capture(exact.view()), expected);
    }
    QVERIFY(captured > count / 10);
}

QTEST_GUILESS_MAIN(TestFilterProperty)
#include "tst_filterproperty.moc"
