// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/knownnames.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QJsonArray>
#include <QLineEdit>
#include <QRegularExpression>

#include <memory>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr int kShownCompletions = 10;

QStringList prefixed(const QString &prefix, const QStringList &paths)
{
    QStringList names;
    for (const QString &path : paths) {
        names += prefix + path;
    }
    return names;
}

} // namespace

KnownNames::KnownNames(rpc::ControlClient &client, QObject *parent)
    : QObject(parent)
    , m_client(client)
{ }

template <typename Method, typename Take>
void KnownNames::loadAll(const QString &after, const std::shared_ptr<QStringList> &found, Take take)
{
    typename Method::Params params;
    params.limit = rpc::kMaxPageSize;
    if (!after.isEmpty()) {
        params.after = after;
    }
    m_client.call<Method>(
        params, this, [this, found, take](const Result<typename Method::Result> &page) {
            if (!page) {
                return; // what was known before stays
            }
            for (const auto &item : page->items) {
                *found += item.path;
            }
            if (page->more && !page->items.isEmpty()) {
                loadAll<Method>(found->constLast(), found, take);
                return;
            }
            take(*found);
            m_references.setStringList(
                prefixed(u"$var:"_s, m_variables + m_secrets) + prefixed(u"$res:"_s, m_resources));
            emit changed();
        });
}

void KnownNames::load()
{
    if (!m_client.isReady()) {
        return;
    }
    const auto list = [] { return std::make_shared<QStringList>(); };
    loadAll<rpc::RunnableList>({}, list(), [this](const QStringList &paths) {
        m_scripts.setStringList(paths);
        m_isLoaded = true;
    });
    loadAll<rpc::VariableList>(
        {}, list(), [this](const QStringList &paths) { m_variables = paths; });
    loadAll<rpc::SecretList>({}, list(), [this](const QStringList &paths) { m_secrets = paths; });
    loadAll<rpc::ResourceList>(
        {}, list(), [this](const QStringList &paths) { m_resources = paths; });
}

void KnownNames::askParameters(
    const QString &path, QObject *context, const std::function<void(const Parameters &)> &done)
{
    if (path.isEmpty() || !m_client.isReady()) {
        done({});
        return;
    }
    m_client.call<rpc::RunnableSignature>(
        {.path = path}, context, [done](const Result<rpc::RunnableSignature::Result> &answer) {
            Parameters parameters;
            const QJsonArray listed
                = answer ? answer->signature.value("params"_L1).toArray() : QJsonArray();
            for (const QJsonValue &value : listed) {
                const QString type = value["type"_L1].toString();
                const bool optional = value["hasDefault"_L1].toBool();
                parameters.append({value["name"_L1].toString(),
                    optional ? tr("%1, may be left out").arg(type.isEmpty() ? tr("any") : type)
                        : type.isEmpty() ? tr("not given")
                                         : type});
            }
            done(parameters);
        });
}

void KnownNames::completeScripts(QLineEdit *input)
{
    auto *completer = new QCompleter(&m_scripts, input);
    completer->setFilterMode(Qt::MatchContains);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setMaxVisibleItems(kShownCompletions);
    input->setCompleter(completer);
}

void KnownNames::completeReferences(QLineEdit *input)
{
    auto *completer = new QCompleter(&m_references, input);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setMaxVisibleItems(kShownCompletions);
    // Not setCompleter(): a reference may stand anywhere in the text, not only be all of it.
    completer->setWidget(input);
    static const QRegularExpression beginning(u"\\$[a-z]*:?[\\w./-]*$"_s);
    connect(input, &QLineEdit::textEdited, completer, [input, completer] {
        const QString before = input->text().first(input->cursorPosition());
        const auto match = beginning.match(before);
        if (!match.hasMatch()) {
            completer->popup()->hide();
            return;
        }
        completer->setCompletionPrefix(match.captured());
        const bool whole
            = completer->completionCount() == 1 && completer->currentCompletion() == before;
        if (completer->completionCount() == 0 || whole) {
            completer->popup()->hide();
        } else {
            completer->complete();
        }
    });
    connect(completer, qOverload<const QString &>(&QCompleter::activated), input,
        [input](const QString &reference) {
            const int cursor = input->cursorPosition();
            const auto match = beginning.match(input->text().first(cursor));
            if (match.hasMatch()) {
                // As typed, so that it counts as an edit.
                input->setSelection(int(match.capturedStart()), int(match.capturedLength()));
                input->insert(reference);
                emit input->textEdited(input->text());
            }
        });
}

} // namespace earshot::widgets
