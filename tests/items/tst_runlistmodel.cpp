// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/displaytext.h"
#include "model/items/runlistmodel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace earshot;
using namespace earshot::items;
using namespace Qt::StringLiterals;

namespace {

rpc::RunRow run(RunId id, RunStatus status = RunStatus::Success)
{
    rpc::RunRow row;
    row.id = id;
    row.status = status;
    row.trigger = u"f/a/b"_s;
    return row;
}

/// Answers only when told to, so that a test decides what overtakes what.
class FakeSource final : public RunSource
{
public:
    struct Request
    {
        QString trigger;
        RunId before;
        int limit;
        Callback callback;
    };
    void fetch(
        const QString &trigger, RunId before, int limit, QObject *, Callback callback) override
    {
        requests.append({trigger, before, limit, std::move(callback)});
    }
    /// A page of runs 1 to `newest`, as the service would cut it.
    void answer(RunId newest)
    {
        const Request request = requests.takeFirst();
        rpc::Page<rpc::RunRow> page;
        RunId id = request.before == 0 ? newest : request.before - 1;
        for (; id > 0 && page.items.size() < request.limit; --id) {
            page.items.append(run(id));
        }
        page.more = id > 0;
        request.callback(page);
    }
    QList<Request> requests;
};

} // namespace

class TestRunListModel final : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void readsPageAfterPage();
    void oneRequestAtATime();
    void dropsAnswersForAnotherTrigger();
    void appliesPushes();
    void pushesForOthersAreIgnored();
    void reloadClosesAGap();
    void reloadKeepsWhatMeets();
    void aPushMayOvertakeAPage();
    void saysWhatFailed();
    void boundsItsRows();

private:
    std::unique_ptr<FakeSource> m_source;
    std::unique_ptr<RunListModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
    ManualClock m_clock;
};

void TestRunListModel::init()
{
    m_source = std::make_unique<FakeSource>();
    m_model = std::make_unique<RunListModel>(*m_source, m_clock);
    m_tester = std::make_unique<QAbstractItemModelTester>(m_model.get());
    m_tester->setUseFetchMore(false);
    m_model->setTrigger(u"f/a/b"_s);
}

void TestRunListModel::cleanup()
{
    m_tester.reset();
    m_model.reset();
    m_source.reset();
}

void TestRunListModel::readsPageAfterPage()
{
    QVERIFY(!m_model->canFetchMore({}));
    m_source->answer(450);
    QCOMPARE(m_model->rowCount(), RunListModel::kPageSize);
    QCOMPARE(m_model->runAt(0)->id, 450);
    QVERIFY(m_model->canFetchMore({}));
    m_model->fetchMore({});
    QCOMPARE(m_source->requests.constFirst().before, 251);
    m_source->answer(450);
    m_model->fetchMore({});
    m_source->answer(450);
    QCOMPARE(m_model->rowCount(), 450);
    QVERIFY(!m_model->canFetchMore({}));
    QCOMPARE(m_model->indexOf(1).row(), 449);
    QVERIFY(!m_model->indexOf(451).isValid());
}

void TestRunListModel::oneRequestAtATime()
{
    m_source->answer(450);
    m_model->fetchMore({});
    QVERIFY(!m_model->canFetchMore({}));
    m_model->fetchMore({});
    m_model->reload();
    QCOMPARE(m_source->requests.size(), 1);
    m_source->answer(450);
    QCOMPARE(m_source->requests.size(), 1); // the reload that had to wait
    QCOMPARE(m_source->requests.constFirst().before, 0);
}

void TestRunListModel::dropsAnswersForAnotherTrigger()
{
    m_model->setTrigger(u"f/c/d"_s);
    QCOMPARE(m_source->requests.size(), 2);
    m_source->answer(10);
    QCOMPARE(m_model->rowCount(), 0);
    m_source->answer(3);
    QCOMPARE(m_model->rowCount(), 3);
}

void TestRunListModel::appliesPushes()
{
    m_source->answer(10);
    QSignalSpy inserted(m_model.get(), &RunListModel::rowsInserted);
    QSignalSpy changed(m_model.get(), &RunListModel::dataChanged);
    m_model->apply({run(11, RunStatus::Queued), run(12, RunStatus::Queued),
        run(11, RunStatus::Running), run(9, RunStatus::Failure)});
    QCOMPARE(inserted.count(), 1);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(m_model->rowCount(), 12);
    QCOMPARE(m_model->runAt(0)->id, 12);
    QVERIFY(m_model->runAt(1)->status == RunStatus::Running);
    QCOMPARE(m_model->index(3, RunListModel::StatusColumn).data().toString(),
        statusText(RunStatus::Failure));
}

void TestRunListModel::pushesForOthersAreIgnored()
{
    m_source->answer(10);
    auto other = run(11);
    other.trigger = u"f/c/d"_s;
    m_model->apply({other});
    QCOMPARE(m_model->rowCount(), 10);
}

void TestRunListModel::reloadClosesAGap()
{
    m_source->answer(300);
    m_model->reload();
    m_source->answer(1'000); // nothing of the page is known
    QCOMPARE(m_model->rowCount(), RunListModel::kPageSize);
    QCOMPARE(m_model->runAt(0)->id, 1'000);
    m_model->fetchMore({});
    QCOMPARE(m_source->requests.constFirst().before, 801);
}

void TestRunListModel::reloadKeepsWhatMeets()
{
    m_source->answer(300);
    m_model->fetchMore({});
    m_source->answer(300);
    m_model->reload();
    m_source->answer(310);
    QCOMPARE(m_model->rowCount(), 310);
    for (int row = 0; row < 310; ++row) {
        QCOMPARE(m_model->runAt(row)->id, 310 - row);
    }
    QVERIFY(!m_model->canFetchMore({}));
}

void TestRunListModel::aPushMayOvertakeAPage()
{
    m_model->apply({run(10, RunStatus::Failure)});
    m_source->answer(10);
    QVERIFY(m_model->runAt(0)->status == RunStatus::Failure);
    QCOMPARE(m_model->rowCount(), 10);
}

void TestRunListModel::saysWhatFailed()
{
    QSignalSpy failed(m_model.get(), &RunListModel::failed);
    m_source->requests.takeFirst().callback(Error{ErrorCode::Io, u"disk"_s, QString()});
    QCOMPARE(failed.count(), 1);
    m_model->reload();
    m_source->answer(3);
    QCOMPARE(m_model->rowCount(), 3);
}

void TestRunListModel::boundsItsRows()
{
    m_tester.reset(); // looks at every row after each change
    m_source->answer(1);
    QList<rpc::RunRow> batch;
    for (RunId id = 2; id <= static_cast<RunId>(RunListModel::kMaxRows) + 50; ++id) {
        batch.append(run(id));
    }
    m_model->apply(batch);
    QCOMPARE(m_model->rowCount(), static_cast<int>(RunListModel::kMaxRows));
    QCOMPARE(m_model->runAt(0)->id, static_cast<RunId>(RunListModel::kMaxRows) + 50);
}

QTEST_GUILESS_MAIN(TestRunListModel)
#include "tst_runlistmodel.moc"
