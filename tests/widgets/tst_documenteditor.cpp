// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/documenteditor.h"

#include <QSignalSpy>
#include <QTest>

using namespace earshot;
using namespace earshot::widgets;
using namespace Qt::StringLiterals;

class TestDocumentEditor final : public QObject
{
    Q_OBJECT
private slots:
    void setsAndRemoves();
    void mergesKeystrokesOfOneThing();
    void pausesAndOtherThingsAreSteps();
    void whatComesBackToTheStartIsNoStep();
    void keepsTheLastReadableDocument();
    void everyStepCanBeUndone();
};

void TestDocumentEditor::setsAndRemoves()
{
    ManualClock clock;
    DocumentEditor editor(clock);
    editor.reset("{\"a\": 1.0, \"own\":[1 ]}");
    QSignalSpy changed(&editor, &DocumentEditor::changed);
    editor.set({u"c"_s, u"d"_s}, "2", u"c"_s);
    QCOMPARE(editor.text(),
        "{\"a\": 1.0, \"own\":[1 ],\"c\":{\"d\": 2}}"_ba.replace(",\"c\":{", ", \"c\":{"));
    QCOMPARE(editor.shown({u"c"_s, u"d"_s}), u"2"_s);
    QCOMPARE(editor.raw({u"a"_s}), "1.0"_ba);
    editor.set({u"c"_s, u"d"_s}, std::nullopt, u"c away"_s);
    QCOMPARE(editor.text(), "{\"a\": 1.0, \"own\":[1 ]}"_ba);
    QCOMPARE(changed.count(), 2);
    editor.set({u"nothing"_s}, std::nullopt, u"x"_s);
    QCOMPARE(changed.count(), 2);
}

void TestDocumentEditor::mergesKeystrokesOfOneThing()
{
    ManualClock clock;
    DocumentEditor editor(clock);
    editor.reset("{}");
    for (const char *typed : {"\"w\"", "\"ws\"", "\"ws:\""}) {
        editor.set({u"url"_s}, QByteArray(typed), u"url"_s);
        clock.advance(200);
    }
    QCOMPARE(editor.undoStack().count(), 1);
    editor.undoStack().undo();
    QCOMPARE(editor.text(), "{}"_ba);
    editor.undoStack().redo();
    QCOMPARE(editor.shown({u"url"_s}), u"ws:"_s);
}

void TestDocumentEditor::pausesAndOtherThingsAreSteps()
{
    ManualClock clock;
    DocumentEditor editor(clock);
    editor.reset("{}");
    editor.set({u"a"_s}, "1", u"a"_s);
    editor.set({u"b"_s}, "1", u"b"_s);
    QCOMPARE(editor.undoStack().count(), 2);
    clock.advance(DocumentEditor::kMergeMs + 1);
    editor.set({u"b"_s}, "2", u"b"_s);
    QCOMPARE(editor.undoStack().count(), 3);
    editor.endStep();
    editor.set({u"b"_s}, "3", u"b"_s);
    QCOMPARE(editor.undoStack().count(), 4);
}

void TestDocumentEditor::whatComesBackToTheStartIsNoStep()
{
    ManualClock clock;
    DocumentEditor editor(clock);
    editor.reset("{\"a\": \"x\"}");
    editor.set({u"a"_s}, "\"xy\"", u"a"_s);
    editor.set({u"a"_s}, "\"x\"", u"a"_s);
    QCOMPARE(editor.undoStack().count(), 0);
    QCOMPARE(editor.text(), "{\"a\": \"x\"}"_ba);
}

void TestDocumentEditor::keepsTheLastReadableDocument()
{
    ManualClock clock;
    DocumentEditor editor(clock);
    editor.reset("{\"a\": 1}");
    editor.setText("{\"a\": ", u"typing"_s);
    QVERIFY(editor.syntaxError());
    QVERIFY(editor.syntaxError()->message.contains(u"line 1"));
    QCOMPARE(editor.shown({u"a"_s}), u"1"_s);
    // a field cannot be written into text that is no document
    editor.set({u"a"_s}, "2", u"a"_s);
    QCOMPARE(editor.text(), "{\"a\": "_ba);
    editor.setText("[1]", u"typing"_s);
    QVERIFY(editor.syntaxError());
    editor.undoStack().undo();
    QVERIFY(!editor.syntaxError());
    QCOMPARE(editor.text(), "{\"a\": 1}"_ba);
}

void TestDocumentEditor::everyStepCanBeUndone()
{
    ManualClock clock;
    DocumentEditor editor(clock);
    QList<QByteArray> texts{"{\"x\": [1, 2, 3]}"};
    editor.reset(texts.constFirst());
    quint32 seed = 7;
    for (int i = 0; i < 60; ++i) {
        seed = seed * 1'664'525U + 1'013'904'223U;
        const QString key = QString::number(seed >> 29U);
        if ((seed >> 20U) % 4 == 0) {
            editor.set({u"k"_s, key}, std::nullopt, key);
        } else {
            editor.set({u"k"_s, key}, QByteArray::number(seed), key);
        }
        editor.endStep();
        if (editor.text() != texts.constLast()) {
            texts += editor.text();
        }
    }
    QCOMPARE(editor.undoStack().count(), texts.size() - 1);
    for (qsizetype i = texts.size() - 1; i > 0; --i) {
        QCOMPARE(editor.text(), texts.at(i));
        editor.undoStack().undo();
    }
    QCOMPARE(editor.text(), texts.constFirst());
    for (qsizetype i = 1; i < texts.size(); ++i) {
        editor.undoStack().redo();
        QCOMPARE(editor.text(), texts.at(i));
    }
}

QTEST_MAIN(TestDocumentEditor)
#include "tst_documenteditor.moc"
