// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shell/closing.h"

#include <QCheckBox>
#include <QCloseEvent>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTimer>

#include <chrono>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

namespace {

constexpr QLatin1StringView kOnCloseKey("window/on_close");
constexpr QLatin1StringView kServiceKey("window/service_on_quit");

} // namespace

Closing::Closing(rpc::ControlClient &client, QWidget *window, std::function<QStringList()> edits)
    : QObject(window)
    , m_client(client)
    , m_window(window)
    , m_edits(std::move(edits))
{ }

Closing::OnClose Closing::remembered()
{
    const QString kept = QSettings().value(kOnCloseKey).toString();
    return kept == "tray"_L1 ? OnClose::Tray : kept == "quit"_L1 ? OnClose::Quit : OnClose::Ask;
}

void Closing::remember(OnClose choice)
{
    if (choice == OnClose::Ask) {
        QSettings().remove(kOnCloseKey);
    } else {
        QSettings().setValue(kOnCloseKey, choice == OnClose::Tray ? u"tray"_s : u"quit"_s);
    }
}

void Closing::onClose(QCloseEvent *event)
{
    if (m_leaving) {
        event->accept();
        return;
    }
    event->ignore();
    if (!m_tray || remembered() == OnClose::Quit) {
        requestQuit();
    } else if (remembered() == OnClose::Tray) {
        m_window->hide();
    } else {
        askWhere();
    }
}

void Closing::askWhere()
{
    if (std::exchange(m_asking, true)) {
        return;
    }
    auto *box = new QMessageBox(QMessageBox::Question, tr("Close the window"),
        tr("Keep Earshot in the tray?"), QMessageBox::Cancel, m_window);
    box->setInformativeText(
        tr("In the tray it shows the worst state of your triggers and tells you when one fails. "
           "This is asked once; Settings change it."));
    box->setAttribute(Qt::WA_DeleteOnClose);
    const QPushButton *tray = box->addButton(tr("Keep in the tray"), QMessageBox::AcceptRole);
    const QPushButton *out = box->addButton(tr("Quit"), QMessageBox::DestructiveRole);
    connect(tray, &QPushButton::clicked, this, [this] {
        remember(OnClose::Tray);
        m_window->hide();
    });
    connect(out, &QPushButton::clicked, this, [this] {
        remember(OnClose::Quit);
        requestQuit();
    });
    connect(box, &QMessageBox::finished, this, [this] { m_asking = false; });
    box->open();
}

void Closing::requestQuit()
{
    askAboutEdits();
}

void Closing::askAboutEdits()
{
    const QStringList edited = m_edits();
    if (edited.isEmpty()) {
        askAboutService();
        return;
    }
    m_window->show();
    auto *box = new QMessageBox(QMessageBox::Warning, tr("Quit"),
        tr("Not saved: %1").arg(edited.join(u", "_s)), QMessageBox::Cancel, m_window);
    box->setInformativeText(tr("What was edited there is lost when you quit."));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setDefaultButton(QMessageBox::Cancel);
    const QPushButton *lose = box->addButton(tr("Quit anyway"), QMessageBox::DestructiveRole);
    connect(lose, &QPushButton::clicked, this, &Closing::askAboutService);
    box->open();
}

void Closing::askAboutService()
{
    const QString kept = QSettings().value(kServiceKey).toString();
    if (!m_client.isReady() || kept == "goes_on"_L1 || kept == "stops"_L1) {
        leave(kept == "stops"_L1);
        return;
    }
    m_window->show();
    auto *box = new QMessageBox(QMessageBox::Question, tr("Quit"), tr("Shall the service go on?"),
        QMessageBox::Cancel, m_window);
    box->setInformativeText(tr("While it does, your triggers stay connected and run their scripts "
                               "without a window."));
    box->setAttribute(Qt::WA_DeleteOnClose);
    auto *rememberBox = new QCheckBox(tr("Always do this"), box);
    box->setCheckBox(rememberBox);
    QPushButton *goesOn = box->addButton(tr("It goes on"), QMessageBox::AcceptRole);
    const QPushButton *stops = box->addButton(tr("Stop it too"), QMessageBox::DestructiveRole);
    box->setDefaultButton(goesOn);
    const auto decide = [this, rememberBox](bool stop) {
        if (rememberBox->isChecked()) {
            QSettings().setValue(kServiceKey, stop ? u"stops"_s : u"goes_on"_s);
        }
        leave(stop);
    };
    connect(goesOn, &QPushButton::clicked, this, [decide] { decide(false); });
    connect(stops, &QPushButton::clicked, this, [decide] { decide(true); });
    box->open();
}

void Closing::leave(bool stopService)
{
    m_leaving = true;
    if (!stopService || !m_client.isReady()) {
        emit quit();
        return;
    }
    // The request has to be on its way; a service that does not answer keeps nobody here.
    QTimer::singleShot(5s, this, &Closing::quit);
    m_client.call<rpc::ServiceShutdown>(
        {}, this, [this](const Result<rpc::Empty> &) { emit quit(); });
}

} // namespace earshot::widgets
