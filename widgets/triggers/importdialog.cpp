// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/triggers/importdialog.h"

#include "widgets/appearance.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

ImportDialog::ImportDialog(
    rpc::ControlClient &client, const QString &fileName, const QString &text, QWidget *parent)
    : QDialog(parent)
    , m_client(client)
    , m_text(text)
    , m_path(new QLineEdit(suggestedPath(fileName), this))
    , m_summary(new QLabel(this))
    , m_problem(new QLabel(this))
    , m_document(new QPlainTextEdit(this))
{
    setWindowTitle(tr("Import a trigger"));
    setAttribute(Qt::WA_DeleteOnClose);
    for (QLabel *label : {m_summary, m_problem}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    QPalette colors = m_problem->palette();
    colors.setColor(QPalette::WindowText, toneColor(items::Tone::Bad, palette()));
    m_problem->setPalette(colors);
    m_problem->hide();
    stylePayload(m_document);
    m_document->setFrameShape(QFrame::StyledPanel);
    m_document->setReadOnly(true);
    m_document->setPlainText(text);
    m_document->setAccessibleName(tr("The file"));
    auto *form = new QFormLayout;
    form->addRow(tr("&Path"), m_path);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_import = buttons->addButton(tr("Import, switched off"), QDialogButtonBox::AcceptRole);
    m_import->setEnabled(false);
    auto *layout = new QVBoxLayout(this);
    layout->addLayout(form);
    layout->addWidget(m_summary);
    layout->addWidget(m_document, 1);
    layout->addWidget(m_problem);
    layout->addWidget(buttons);
    resize(620, 520);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, &ImportDialog::take);
    connect(m_path, &QLineEdit::textEdited, m_problem, &QLabel::hide);
    preview();
}

QString ImportDialog::suggestedPath(const QString &fileName)
{
    static const QRegularExpression inWorkspace(
        u"(?:^|/)([fu]/[^/]+/.+?)\\.websocket_trigger\\.(?:yaml|yml|json)$"_s);
    if (const auto match = inWorkspace.match(fileName); match.hasMatch()) {
        return match.captured(1);
    }
    QString name = QFileInfo(fileName).fileName().section(u'.', 0, 0);
    static const QRegularExpression other(u"[^A-Za-z0-9_-]+"_s);
    name.replace(other, u"_"_s);
    return u"f/imported/"_s + (name.isEmpty() ? u"trigger"_s : name);
}

QString ImportDialog::summary() const
{
    return m_summary->text();
}

void ImportDialog::preview()
{
    m_client.call<rpc::TriggerPreviewFile>(
        {.text = m_text}, this, [this](const Result<rpc::TriggerPreview> &preview) {
            if (!preview) {
                showProblem(preview.error());
                return;
            }
            const auto line = [](const QString &what, const QStringList &list) {
                return list.isEmpty() ? tr("%1: nothing").arg(what)
                                      : u"%1: %2"_s.arg(what, list.join(u", "_s));
            };
            m_summary->setText(QStringList{line(tr("Connects to"), preview->hosts),
                line(tr("Reads"), preview->references), line(tr("Runs"), preview->runnables)}
                                   .join(u'\n'));
            m_import->setEnabled(preview->problems.isEmpty());
            if (!preview->problems.isEmpty()) {
                const rpc::Problem &first = preview->problems.constFirst();
                showProblem({ErrorCode::InvalidArgument, first.message, first.detail});
            }
        });
}

void ImportDialog::take()
{
    m_import->setEnabled(false);
    rpc::TriggerImport::Params params;
    params.path = m_path->text().trimmed();
    params.text = m_text;
    params.mode = TriggerMode::Disabled;
    // An import must not replace a trigger nobody spoke of.
    m_client.call<rpc::TriggerGet>(
        {.path = params.path}, this, [this, params](const Result<rpc::TriggerDocument> &existing) {
            if (existing) {
                m_import->setEnabled(true);
                showProblem({ErrorCode::AlreadyExists,
                    tr("There is a trigger %1 already; give another path.").arg(params.path), {}});
                return;
            }
            m_client.call<rpc::TriggerImport>(
                params, this, [this](const Result<rpc::SavedTrigger> &saved) {
                    m_import->setEnabled(true);
                    if (!saved) {
                        showProblem(saved.error());
                        return;
                    }
                    emit imported(saved->path);
                    accept();
                });
        });
}

void ImportDialog::showProblem(const Error &error)
{
    m_problem->setText(
        error.detail.isEmpty() ? error.message : QString(error.message + u'\n' + error.detail));
    m_problem->show();
}

} // namespace earshot::widgets
